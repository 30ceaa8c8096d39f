"""Which messages a change to a tour owes, to whom and when; and whether one still holds when its time comes."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from pydantic import Field

from kernel import clock, outbox
from kernel.clock import Instant
from kernel.outbox import Message
from resman import venue
from resman.model import Outcome, Tour, TourStatus
from resman.property import Opening, Property, StaffMember, Strict, TourType

QUEUE = "resman-notices"
REMIND_BEFORE = (timedelta(hours=24), timedelta(hours=2))
TEXTING_HOURS = Opening(opens=time(8), closes=time(21))
"""Where a property has not set its own; also the hours US law leaves for such texts."""


class Notice(StrEnum):
    CONFIRMATION = "confirmation"
    REMINDER = "reminder"
    RESCHEDULE = "reschedule"
    HANDOVER = "handover"
    """To the guide who no longer gives this tour."""
    CANCELLATION = "cancellation"
    FOLLOW_UP = "follow_up"
    MISSED_TOUR = "missed_tour"
    APOLOGY = "apology"


class Channel(StrEnum):
    """Who is told, and how; also the folder of the templates."""

    PROSPECT = "prospect"
    STAFF = "staff"
    TEXT = "text"
    """A text message to the prospect."""


class Owed(Strict):
    """What an outbox message carries: the notice, and what was true when it came to be owed."""

    property_id: str
    tour_id: str
    notice: Notice
    channel: Channel
    starts_at: Instant
    slot_since: Instant | None = None
    """Which slot a reminder belongs to: a tour that moved away and back is reminded of once."""
    previously_at: Instant | None = None
    guide: StaffMember | None = None
    """Who gave the tour before, where this tells them of it; None is the leasing office."""
    alternatives: tuple[Instant, ...] = ()
    message_id: str = Field(default="", exclude=True)
    """The outbox message that carries this, where one does."""


def booked(tour: Tour, property: Property) -> list[Message]:
    return [
        *_to_prospect(tour, property, Notice.CONFIRMATION),
        _to_staff(tour, property, Notice.CONFIRMATION),
        *_reminders(tour, property),
    ]


def kept(tour: Tour, property: Property) -> list[Message]:
    """A move did not work out: the confirmation of the time it has kept, once more."""
    return _to_prospect(tour, property, Notice.CONFIRMATION)


def rescheduled(before: Tour, tour: Tour, property: Property) -> list[Message]:
    """What changed for whom: the prospect's visit, the guides' calendars, the hours to be reminded at."""
    messages = _to_guides(before, tour, property)
    if _visit(before) != _visit(tour):
        messages += _to_prospect(tour, property, Notice.RESCHEDULE, previously_at=_moved_from(before, tour))
    if (before.starts_at, before.slot_since) != (tour.starts_at, tour.slot_since):
        messages += _reminders(tour, property)
    return messages


def cancelled(tour: Tour, property: Property) -> list[Message]:
    return [
        *_to_prospect(tour, property, Notice.CANCELLATION),
        _to_staff(tour, property, Notice.CANCELLATION),
    ]


def completed(tour: Tour, property: Property) -> list[Message]:
    if tour.outcome is Outcome.NOT_INTERESTED:
        return []
    return _to_prospect(tour, property, Notice.FOLLOW_UP)


def missed(tour: Tour, property: Property) -> list[Message]:
    return _to_prospect(tour, property, Notice.MISSED_TOUR)


def failed(tour: Tour, property: Property, alternatives: Sequence[datetime] = ()) -> list[Message]:
    """An apology with other times for the prospect, and word to the staff, who may want to call."""
    times = tuple(alternatives)
    return [
        *_to_prospect(tour, property, Notice.APOLOGY, alternatives=times),
        _to_staff(tour, property, Notice.APOLOGY, alternatives=times),
    ]


def lost(former: Tour, tour: Tour, property: Property, alternatives: Sequence[datetime] = ()) -> list[Message]:
    """A move failed, and meanwhile the slot it began at was given away: all calendars must be cleared."""
    handover = _to_staff(tour, property, Notice.HANDOVER, previously_at=former.starts_at, guide=former.staff)
    return [*failed(tour, property, alternatives), *([handover] if _host_changed(former, tour, property) else [])]


def owed(tour: Tour, property: Property, notice: Notice, channel: Channel, **facts: Any) -> Owed:
    return Owed(
        property_id=property.id, tour_id=tour.id, notice=notice, channel=channel, starts_at=tour.starts_at, **facts
    )


def holds(owed: Owed, tour: Tour, property: Property, now: datetime) -> bool:
    """Whether a notice is still true of the tour as it is now."""
    if owed.notice is Notice.HANDOVER:
        return not tour.is_upcoming or _host_changed(as_it_was(owed, tour), tour, property)
    # A confirmation tells the time as it is now: a move since does not make it untrue.
    still_then = owed.notice is Notice.CONFIRMATION or (
        owed.starts_at == tour.starts_at and owed.slot_since in (None, tour.slot_since)
    )
    return still_then and _suits(owed.notice, tour, now)


def as_it_was(owed: Owed, tour: Tour) -> Tour:
    """The tour as a former guide knew it."""
    return tour.model_copy(update={"staff": owed.guide, "starts_at": owed.previously_at or owed.starts_at})


def may_text(tour: Tour, property: Property, now: datetime) -> bool:
    """Only those who agreed, and only while the property's clock shows a decent hour."""
    hours = property.texting_hours or TEXTING_HOURS
    return tour.prospect.sms_consent and hours.opens <= property.local(now).time() < hours.closes


def _suits(notice: Notice, tour: Tour, now: datetime) -> bool:
    match notice:
        case Notice.REMINDER:
            return tour.is_upcoming and now < tour.starts_at
        case Notice.CONFIRMATION | Notice.RESCHEDULE:
            return tour.status not in (TourStatus.CANCELLED, TourStatus.FAILED) and now < tour.ends_at
        case Notice.FOLLOW_UP:
            return tour.status is TourStatus.COMPLETED and tour.outcome is not Outcome.NOT_INTERESTED
        case Notice.CANCELLATION:
            return tour.status is TourStatus.CANCELLED
        case Notice.MISSED_TOUR:
            return tour.status is TourStatus.NO_SHOW
        case Notice.APOLOGY:
            return tour.status is TourStatus.FAILED
        case Notice.HANDOVER:
            return True


def _reminders(tour: Tour, property: Property) -> Iterator[Message]:
    """Hours before the start are elapsed hours, also in the night the clocks change: so they are taken off in UTC."""
    for ahead in REMIND_BEFORE:
        due_at = tour.starts_at.astimezone(UTC) - ahead
        if due_at > clock.now():
            yield from _to_prospect(tour, property, Notice.REMINDER, due_at=due_at, slot_since=tour.slot_since)


def _to_guides(before: Tour, tour: Tour, property: Property) -> list[Message]:
    """A former guide loses the tour from their calendar, and the new one gets it as a new tour."""
    previously_at = _moved_from(before, tour)
    if _host_changed(before, tour, property):
        return [
            _to_staff(tour, property, Notice.HANDOVER, previously_at=previously_at, guide=before.staff),
            _to_staff(tour, property, Notice.CONFIRMATION),
        ]
    if _visit(before) != _visit(tour):
        return [_to_staff(tour, property, Notice.RESCHEDULE, previously_at=previously_at)]
    return []


def _host_changed(before: Tour, tour: Tour, property: Property) -> bool:
    return venue.host(before, property).email != venue.host(tour, property).email


def _visit(tour: Tour) -> tuple[datetime, int, TourType]:
    """What a prospect has to know to turn up at the right time and place."""
    return tour.starts_at, tour.duration_minutes, tour.type


def _moved_from(before: Tour, tour: Tour) -> datetime | None:
    return before.starts_at if before.starts_at != tour.starts_at else None


def _to_prospect(
    tour: Tour, property: Property, notice: Notice, *, due_at: datetime | None = None, **facts: Any
) -> list[Message]:
    """An e-mail, and a text to those who agreed to be texted."""
    channels = (Channel.PROSPECT, Channel.TEXT) if tour.prospect.sms_consent else (Channel.PROSPECT,)
    return [_message(tour, owed(tour, property, notice, channel, **facts), due_at) for channel in channels]


def _to_staff(tour: Tour, property: Property, notice: Notice, **facts: Any) -> Message:
    return _message(tour, owed(tour, property, notice, Channel.STAFF, **facts))


def _message(tour: Tour, owed: Owed, due_at: datetime | None = None) -> Message:
    return outbox.message(
        tenant=tour.account_id,
        queue=QUEUE,
        kind=f"{owed.channel}.{owed.notice}",
        payload=owed.model_dump(mode="json", exclude_defaults=True),
        due_at=due_at,
        sequence=tour.revision,
    )
