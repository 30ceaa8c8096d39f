"""Freed seats are offered to those who wait, in the order they came: claim, commit, settle, as a booking is made.

Who waits for a class that is called off is told so, and waits no more. docs/seats.md says what happens where a process
dies in between.
"""

from contextlib import suppress
from datetime import UTC, datetime, time, timedelta

from immersio.booking import calling_off, changes, settling
from immersio.booking import duties as booking_duties
from immersio.booking import store as bookings
from immersio.booking.claiming import claim_seat, give_back
from immersio.booking.drafting import draft
from immersio.booking.model import Booking, BookingStatus
from immersio.booking.settling import settle
from immersio.notices import duties as letters
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
from kernel import clock, outbox
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


def call_off(message: Message) -> None:
    """Everybody gives back their seat; then who waits for one is told, if the seats have not brought us here before."""
    offer(calling_off.deliver(message))


def offer(place: Place) -> None:
    """One seat after the other, as long as there are some and somebody waits."""
    serve = _send_home if _is_off(place) else _offer_to
    for _ in range(AT_ONCE):
        first = first_in_line(place)
        if first is None or not serve(first):
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


def _is_off(place: Place) -> bool:
    return seats.load_occupancy(place).called_off_at is not None


def _send_home(entry: Entry) -> bool:
    """The class does not take place: they are told."""
    return _waits_no_more(entry, outbox.put(letters.called_off(entry)))


def _pass_over(entry: Entry) -> bool:
    """They must not have a seat, or have one; or the class was called off in this moment."""
    return _send_home(entry) if _is_off(entry.place) else _waits_no_more(entry)


def _waits_no_more(entry: Entry, *told: store.Action) -> bool:
    with suppress(store.ConditionFailed):
        store.commit(*store.left(entry), *told)
    return True


def _offer_to(entry: Entry) -> bool:
    """Whether to go on with whose turn it is then. Who must not have a seat, or has one, is passed over."""
    workshop = _offered(entry.place)
    if workshop is None:
        return False
    wish = Wish(entry.uid, entry.attendee.email, offered=True)
    try:
        listed = admission(entry.tenant_id, workshop, entry.attendee.email)
        made = claim_seat(workshop, entry.starts_at, wish)
    except NoSeatsAvailable:
        return False
    except (Conflict, WhitelistDenied):
        return _pass_over(entry)
    _, actions = changes.offered(_offer_of(entry, workshop))
    try:
        store.commit(*actions, *store.left(entry), *listed)
    except store.ConditionFailed:
        if bookings.load_booking(entry.tenant_id, entry.uid) is None:  # they left, or the whitelist was changed
            give_back(entry.place, wish, made)
    settle(entry.place, entry.uid)
    return True


def _offer_of(entry: Entry, workshop: Workshop) -> Booking:
    now = clock.now()
    return draft(
        workshop,
        entry.starts_at,
        uid=entry.uid,
        status=BookingStatus.PENDING,
        attendee=entry.attendee,
        hold_until=min(now + OFFER, entry.starts_at),
        immersio_student_id=entry.immersio_student_id,
        registration_source="waitlist",
        created_at=now,
    )
