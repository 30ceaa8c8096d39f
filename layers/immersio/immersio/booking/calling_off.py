"""A class does not take place: nobody books it any more, and everybody who has a seat is told and gets their money.

In this order, so that it happens as a whole wherever we die: first the duty is committed as a message, then the class
is marked, after which no seat of it is claimed; then the message's worker gives back the seats one by one, each by a
transaction of its own, and comes again until none is left.
"""

from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from immersio.booking import cancelling, store
from immersio.booking.duties import QUEUE
from immersio.booking.model import Booking, BookingStatus, CancelledBy
from immersio.booking.settling import settle
from immersio.seat import store as seats
from immersio.seat.model import Occupancy, Place
from immersio.tenant import store as tenants
from immersio.tenant.model import Tenant
from immersio.workshop.model import Workshop
from immersio.workshop.occurrences import is_occurrence
from immersio.workshop.outlook import schedules_of
from kernel import clock, outbox
from kernel.clock import Instant
from kernel.errors import BookingNotFound, Conflict, InvalidInput, TemporarilyUnavailable, TenantNotFound
from kernel.telemetry import logger

KIND = "call_off"
LIVE = (BookingStatus.PENDING, BookingStatus.ACCEPTED)


class _CallOff(BaseModel):
    """What the message says."""

    model_config = ConfigDict(frozen=True)

    workshop_id: int
    starts_at: Instant
    by: CancelledBy
    reason: str | None
    at: Instant


def call_off(workshop: Workshop, starts_at: datetime, by: CancelledBy, reason: str | None) -> int:
    """Until it starts. How many seats are given back; asked once more, nothing changes, and the answer is the same."""
    place = Place(workshop.tenant_id, workshop.id, starts_at)
    found = seats.load_occupancy(place)
    if found.called_off_at is None:
        _check(workshop, place, found)
        off = _CallOff(workshop_id=workshop.id, starts_at=starts_at, by=by, reason=reason, at=clock.now())
        store.commit(outbox.put(_message(place, off)))
        found = seats.call_off(place, off.at)
    return len(_affected(place, found))


def deliver(message: outbox.Message) -> Place:
    """Give back every seat of a class, and say which it was.

    A seat that cannot be given back now stops no other, and is tried again (INV-20).
    """
    off = _CallOff.model_validate(message.payload)
    place = Place(int(message.tenant), off.workshop_id, off.starts_at)
    tenant = tenants.load_tenant(place.tenant_id)
    if tenant is None:
        raise TenantNotFound("The school of this class does not exist any more")
    found = seats.call_off(place, off.at)
    seated = dict.fromkeys([*found.claims, *(booking.uid for booking in _bookings(place, LIVE))])
    failed = [uid for uid in seated if not _is_given_back(place, uid, tenant, off)]
    left = {*failed, *seats.load_occupancy(place).claims}
    if left:
        raise TemporarilyUnavailable(f"{len(left)} seats of a class that was called off are not given back yet")
    return place


def _check(workshop: Workshop, place: Place, found: Occupancy) -> None:
    rule = workshop.rule(schedules_of(workshop.tenant_id, [workshop])[workshop.id])
    if not (found.claims or is_occurrence(rule, place.starts_at)):  # booked ones stay when a schedule changes
        raise InvalidInput.field("startTime", "no class of this workshop starts then; take one of its schedule")
    if place.starts_at <= clock.now():
        raise Conflict("This class has started, so it cannot be called off any more")


def _message(place: Place, off: _CallOff) -> outbox.Message:
    return outbox.message(tenant=str(place.tenant_id), queue=QUEUE, kind=KIND, payload=off.model_dump(mode="json"))


def _is_given_back(place: Place, uid: str, tenant: Tenant, off: _CallOff) -> bool:
    try:
        cancelling.cancel(lambda: (_at(place, uid), tenant), off.by, off.reason)
    except BookingNotFound:
        settle(place, uid)  # it may be committed yet, or was moved
    except Exception:  # noqa: BLE001 - the others have their seats given back all the same
        logger.exception("a seat of a class that was called off was not given back", extra={"uid": uid})
        return False
    return True


def _at(place: Place, uid: str) -> Booking:
    booking = store.load_booking(place.tenant_id, uid)
    if booking is None or booking.place != place:
        raise BookingNotFound("This booking does not sit there")
    return booking


def _affected(place: Place, found: Occupancy) -> list[Booking]:
    """The bookings that had a seat when the class was called off, whether or not it is given back by now."""
    uids = dict.fromkeys([*found.claims, *(booking.uid for booking in _bookings(place, BookingStatus))])
    bookings = store.load_bookings(place.tenant_id, uids)
    return [booking for booking in bookings.values() if booking.place == place and _was_seated(booking, found)]


def _was_seated(booking: Booking, found: Occupancy) -> bool:
    ended = booking.cancellation
    if ended is None or found.called_off_at is None:
        return True
    return ended.at >= found.called_off_at and ended.by in {CancelledBy.TEACHER, CancelledBy.TENANT}


def _bookings(place: Place, statuses: Iterable[BookingStatus]) -> Iterable[Booking]:
    starts_at = place.starts_at
    return store.bookings_of_workshop(place.tenant_id, place.workshop_id, starts_at, starts_at, statuses=statuses)
