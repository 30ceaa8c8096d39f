"""Telling people about a tour: the prospect by e-mail and, where they agreed, by text; the staff by e-mail.

A booking never calls these: it commits the duty to tell (`resman.notices`), and a worker calls `deliver`.
"""

from collections.abc import Callable

from kernel import clock, ids, mail, sms
from kernel.calendar_files import Method
from kernel.letters import Letter
from kernel.mail import Invitation, Mail
from kernel.outbox import Message
from kernel.telemetry import count, logger
from resman import calendar, directory, failures, letters, notices, store, venue
from resman.model import Tour
from resman.notices import Channel, Notice, Owed
from resman.property import Property


def deliver(message: Message) -> None:
    """Send what an outbox message owes, unless it no longer holds; raises if it could not be sent."""
    owed = Owed.model_validate({**message.payload, "message_id": message.id})
    tour = store.load_tour(message.tenant, owed.tour_id)
    property_ = directory.load_property(message.tenant, owed.property_id)
    if tour is None or property_ is None or not notices.holds(owed, tour, property_, clock.now()):
        _note("NoticeOutdated", owed)
    else:
        _attempt(SENDERS[owed.channel, owed.notice], tour, property_, owed)


def send_confirmation(tour: Tour, property: Property, owed: Owed | None = None) -> None:
    """The tour is theirs: when, where, with whom, and an invitation for their calendar."""
    _mail_prospect(Notice.CONFIRMATION, tour, property, owed, Method.REQUEST)


def send_reschedule(tour: Tour, property: Property, owed: Owed | None = None) -> None:
    """The new time, which also moves the entry in their calendar."""
    _mail_prospect(Notice.RESCHEDULE, tour, property, owed, Method.REQUEST)


def send_cancellation(tour: Tour, property: Property, owed: Owed | None = None) -> None:
    """The tour is off, which also takes it out of their calendar."""
    _mail_prospect(Notice.CANCELLATION, tour, property, owed, Method.CANCEL)


def send_reminder(tour: Tour, property: Property, owed: Owed | None = None) -> None:
    _mail_prospect(Notice.REMINDER, tour, property, owed)


def send_follow_up(tour: Tour, property: Property, owed: Owed | None = None) -> None:
    """Thanks for coming, and how to go on from here."""
    _mail_prospect(Notice.FOLLOW_UP, tour, property, owed)


def send_missed_tour(tour: Tour, property: Property, owed: Owed | None = None) -> None:
    """Sorry to have missed you: an offer to book another time."""
    _mail_prospect(Notice.MISSED_TOUR, tour, property, owed)


def send_apology(tour: Tour, property: Property, owed: Owed | None = None) -> None:
    """The tour could not be arranged after all: other times to choose from."""
    _mail_prospect(Notice.APOLOGY, tour, property, owed, _recall(tour))


def notify_new_tour(tour: Tour, property: Property, owed: Owed | None = None) -> None:
    """Who comes, what they want to see, and an entry for the guide's calendar."""
    _mail_staff(Notice.CONFIRMATION, tour, property, owed, Method.REQUEST)


def notify_reschedule(tour: Tour, property: Property, owed: Owed | None = None) -> None:
    _mail_staff(Notice.RESCHEDULE, tour, property, owed, Method.REQUEST)


def notify_cancellation(tour: Tour, property: Property, owed: Owed | None = None) -> None:
    _mail_staff(Notice.CANCELLATION, tour, property, owed, Method.CANCEL)


def notify_handover(tour: Tour, property: Property, owed: Owed | None = None) -> None:
    """A colleague gives the tour now: told to the former guide, about the tour as they knew it."""
    before = notices.as_it_was(owed, tour) if owed else tour
    _mail_staff(Notice.HANDOVER, before, property, owed, Method.CANCEL)


def notify_failed_tour(tour: Tour, property: Property, owed: Owed | None = None) -> None:
    """ResMan never took the tour: a call may still win the prospect."""
    _mail_staff(Notice.APOLOGY, tour, property, owed, _recall(tour))


def send_text(tour: Tour, property: Property, owed: Owed) -> None:
    """Any notice to the prospect as a text; at night it is left out, for the e-mail says it all."""
    if notices.may_text(tour, property, clock.now()):
        sms.sender().send(tour.prospect.phone, letters.write_text(owed, tour, property))
        _note("NoticeSent", owed)
    else:
        _note("TextWithheld", owed)


Sender = Callable[[Tour, Property, Owed], None]
TO_PROSPECT: dict[Notice, Sender] = {
    Notice.CONFIRMATION: send_confirmation,
    Notice.REMINDER: send_reminder,
    Notice.RESCHEDULE: send_reschedule,
    Notice.CANCELLATION: send_cancellation,
    Notice.FOLLOW_UP: send_follow_up,
    Notice.MISSED_TOUR: send_missed_tour,
    Notice.APOLOGY: send_apology,
}
TO_STAFF: dict[Notice, Sender] = {
    Notice.CONFIRMATION: notify_new_tour,
    Notice.RESCHEDULE: notify_reschedule,
    Notice.CANCELLATION: notify_cancellation,
    Notice.HANDOVER: notify_handover,
    Notice.APOLOGY: notify_failed_tour,
}
SENDERS: dict[tuple[Channel, Notice], Sender] = {
    **{(Channel.PROSPECT, notice): send for notice, send in TO_PROSPECT.items()},
    **{(Channel.TEXT, notice): send_text for notice in TO_PROSPECT},
    **{(Channel.STAFF, notice): send for notice, send in TO_STAFF.items()},
}


def _attempt(send: Sender, tour: Tour, property: Property, owed: Owed) -> None:
    try:
        send(tour, property, owed)
    except Exception as error:  # noqa: BLE001 - handled by raising it again
        failures.handle_confirmation_error(error, tour)


def _recall(tour: Tour) -> Method | None:
    """What takes a failed tour out of the calendars, where an earlier time of it stands in them."""
    return Method.CANCEL if tour.resman_event_id else None


def _mail_prospect(
    notice: Notice, tour: Tour, property: Property, owed: Owed | None, method: Method | None = None
) -> None:
    owed = owed or notices.owed(tour, property, notice, Channel.PROSPECT)
    _send(
        owed,
        letters.write(owed, tour, property),
        sender_name=property.name,
        to=tour.prospect.email,
        reply_to=property.leasing_email,
        invitation=calendar.for_prospect(method, tour, property) if method else None,
    )


def _mail_staff(
    notice: Notice, tour: Tour, property: Property, owed: Owed | None, method: Method | None = None
) -> None:
    owed = owed or notices.owed(tour, property, notice, Channel.STAFF)
    _send(
        owed,
        letters.write(owed, tour, property),
        sender_name=property.name,
        to=venue.host(tour, property).email,
        reply_to=tour.prospect.email,
        invitation=calendar.for_staff(method, tour, property) if method else None,
    )


def _send(
    owed: Owed, letter: Letter, *, sender_name: str, to: str, reply_to: str, invitation: Invitation | None
) -> None:
    mail.send(
        Mail(
            id=owed.message_id or ids.new("msg"),
            to=to,
            sender_name=sender_name,
            reply_to=reply_to,
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            invitation=invitation,
        )
    )
    _note("NoticeSent", owed)


def _note(metric: str, owed: Owed) -> None:
    count(metric, notice=owed.notice, channel=owed.channel)
    logger.info(metric, extra={"outbox_id": owed.message_id, "tour_id": owed.tour_id, "notice": owed.notice})
