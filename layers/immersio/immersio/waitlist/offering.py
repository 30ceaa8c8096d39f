"""Freed seats are offered to those who wait, in the order they came: claim, commit, settle, as a booking is made.

docs/seats.md tells what becomes of it when a process dies in between.
"""

from contextlib import suppress
from datetime import UTC, datetime, time, timedelta

from immersio.booking import changes, settling
from immersio.booking import duties as booking_duties
from immersio.booking import store as bookings
from immersio.booking.claiming import claim_seat
from immersio.booking.model import Booking, BookingStatus
from immersio.booking.settling import settle
from immersio.schedule.model import LAST_DATE
from immersio.seat import store as seats
from immersio.seat.model import Place, Wish
from immersio.waitlist import duties, store
from immersio.waitlist.line import first_in_line
from immersio.waitlist.model import Entry
from immersio.whitelist.admission import admission
from immersio.workshop import store as workshops
from immersio.workshop.bookable import takes_place
from immersio.workshop.model import Status, Workshop
from kernel import clock, ids
from kernel.errors import Conflict, NoSeatsAvailable, TemporarilyUnavailable, WhitelistDenied
from kernel.outbox import Message

OFFER = timedelta(hours=4)
"""How long an offered seat is held, if the class does not start sooner."""
AT_ONCE = 100
"""So many offers are made for one message; more are made when it comes again."""


def settle_and_offer(message: Message) -> None:
    """A seat is settled, which may free it. Of most classes nobody waits, and that is all that is read."""
    settling.deliver(message)
    place, _ = booking_duties.place_of(message)
    if seats.load_occupancy(place).waiting:
        offer(place)


def look(message: Message) -> None:
    """There is another reason to look who waits."""
    if place := duties.place_of(message):
        offer(place)
    else:
        _offer_everywhere(*duties.workshop_of(message))


def offer(place: Place) -> None:
    """One seat after the other, as long as there are some and somebody waits."""
    for _ in range(AT_ONCE):
        first = first_in_line(place)
        workshop = _offered(place) if first else None
        if first is None or workshop is None or not _offer_to(first, workshop):
            return
    raise TemporarilyUnavailable("More wait for free seats than are served at once; go on", retry_after_seconds=1)


def _offer_everywhere(tenant_id: int, workshop_id: int) -> None:
    end = datetime.combine(LAST_DATE, time.max, tzinfo=UTC)
    for place, occupancy in seats.occupancies_between(tenant_id, workshop_id, clock.now(), end):
        if occupancy.waiting:
            offer(place)


def _offered(place: Place) -> Workshop | None:
    """The workshop, if this class of it is to come and can be booked."""
    workshop = workshops.load_workshop(place.tenant_id, place.workshop_id)
    if workshop is None or workshop.status is not Status.ACTIVE or place.starts_at <= clock.now():
        return None
    return workshop if takes_place(workshop, place.starts_at) else None


def _offer_to(entry: Entry, workshop: Workshop) -> bool:
    """Whether to go on with whose turn it is then. Who must not have a seat, or has one, waits no more."""
    try:
        listed = admission(entry.tenant_id, workshop, entry.attendee.email)
        claim_seat(workshop, entry.starts_at, Wish(entry.uid, entry.attendee.email, offered=True))
    except NoSeatsAvailable:
        return False
    except (Conflict, WhitelistDenied):
        with suppress(store.ConditionFailed):
            store.commit(*store.left(entry))
        return True
    _, actions = changes.offered(_offer_of(entry, workshop))
    try:
        store.commit(*actions, *store.left(entry), *listed)
    except store.ConditionFailed:
        if bookings.load_booking(entry.tenant_id, entry.uid) is None:  # they left, or the whitelist was changed
            seats.free(entry.place, entry.uid, cancelled=False)
    settle(entry.place, entry.uid)
    return True


def _offer_of(entry: Entry, workshop: Workshop) -> Booking:
    now = clock.now()
    return Booking(
        tenant_id=entry.tenant_id,
        id=ids.new_number(),
        uid=entry.uid,
        workshop_id=entry.workshop_id,
        event_type_id=workshop.event_type_id,
        title=workshop.title,
        starts_at=entry.starts_at,
        ends_at=entry.starts_at + timedelta(minutes=workshop.duration),
        status=BookingStatus.PENDING,
        hold_until=min(now + OFFER, entry.starts_at),
        attendee=entry.attendee,
        refund_window_seconds=_seconds(workshop.refund_window_hours),
        cancellation_notice_seconds=_seconds(workshop.cancellation_notice_hours),
        immersio_course_id=workshop.immersio_course_id,
        immersio_student_id=entry.immersio_student_id,
        registration_source="waitlist",
        created_at=now,
    )


def _seconds(hours: float) -> int:
    return round(timedelta(hours=hours).total_seconds())
