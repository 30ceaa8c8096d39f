"""A student moves to another class of the workshop: claim there, commit, settle both places (docs/seats.md)."""

from datetime import datetime, timedelta

from immersio.booking import changes, store
from immersio.booking.cancelling import check_not_started
from immersio.booking.claiming import claim_seat
from immersio.booking.managing import find
from immersio.booking.model import Booking, BookingStatus
from immersio.booking.schemas import RescheduleRequest
from immersio.booking.settling import settle
from immersio.seat.model import Wish
from immersio.tenant.model import Tenant
from immersio.whitelist.admission import admission
from immersio.workshop import store as workshops
from immersio.workshop.bookable import check_class
from immersio.workshop.model import Occurrence, Status, Workshop
from kernel import clock
from kernel.errors import Conflict, TemporarilyUnavailable, WorkshopNotFound

TRIES = 5


def move(uid: str, request: RescheduleRequest) -> Booking:
    """Once more changes nothing. The seat they have stays theirs until they have the other."""
    for _ in range(TRIES):
        booking, tenant = find(uid, request.token)
        if booking.starts_at == request.start_time:
            return booking
        _check_can_move(booking)
        workshop = _workshop(booking, request.start_time)
        admission(tenant.id, workshop, booking.attendee.email)
        claim_seat(workshop, request.start_time, Wish(uid, booking.attendee.email))
        try:
            after = _commit(booking, tenant, workshop, request.start_time)
        except store.ConditionFailed:
            continue
        settle(after.place, uid)
        settle(booking.place, uid)
        return after
    raise TemporarilyUnavailable("This booking is being changed elsewhere; try again", retry_after_seconds=1)


def _commit(booking: Booking, tenant: Tenant, workshop: Workshop, starts_at: datetime) -> Booking:
    to = Occurrence(starts_at, starts_at + timedelta(minutes=workshop.duration))
    after, actions = changes.moved(booking, tenant, to, clock.now())
    store.commit(*actions, *admission(tenant.id, workshop, booking.attendee.email))
    return after


def _check_can_move(booking: Booking) -> None:
    now = clock.now()
    if booking.status_at(now) is BookingStatus.CANCELLED:
        raise Conflict("This booking is cancelled; book another date instead")
    check_not_started(booking, now)
    if booking.status is BookingStatus.PENDING:
        raise Conflict("This seat is only held for you; take or pay it first, or cancel and book another date")


def _workshop(booking: Booking, starts_at: datetime) -> Workshop:
    workshop = workshops.load_workshop(booking.tenant_id, booking.workshop_id)
    if workshop is None or workshop.status is not Status.ACTIVE:
        raise WorkshopNotFound("This workshop is not offered any more, so there is no other date to move to")
    check_class(workshop, starts_at)
    return workshop
