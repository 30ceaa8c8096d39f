"""Bringing an occurrence's claims in line with the bookings, which are the truth.

Every change of a booking is committed first and settled after; whoever dies in between leaves a message that settles
it again. So a seat is never given away while its booking is alive, and never kept for one that is not.
"""

from contextlib import suppress
from datetime import datetime

from immersio.booking import duties, ending, store
from immersio.booking.model import Booking, BookingStatus, CancelledBy
from immersio.seat import store as seats
from immersio.seat.model import Claim, Hold, Place
from immersio.tenant import store as tenants
from kernel import clock
from kernel.errors import TenantNotFound
from kernel.outbox import Message

TRIES = 10
"""Whoever is in the way is doing the same."""


def deliver(message: Message) -> None:
    settle(*duties.place_of(message))


def settle(place: Place, uid: str) -> None:
    """Do with a claim what its booking says; of a hold that is over, end the booking first.

    The claim is read before the booking, and is only changed if nobody else has.
    """
    for _ in range(TRIES):
        claim = seats.load_occupancy(place).claims.get(uid)
        booking = store.load_booking(place.tenant_id, uid)
        now = clock.now()
        if booking and booking.status is not booking.status_at(now):
            _expire(booking)
        elif claim is None or _is_settled(place, uid, claim, booking, now):
            return


def _is_settled(place: Place, uid: str, claim: Claim, booking: Booking | None, now: datetime) -> bool:
    """False where somebody else was quicker."""
    is_here = booking is not None and booking.place == place
    if booking is None or not is_here or booking.status is BookingStatus.CANCELLED:
        return not _can_go(claim, booking, now) or seats.free(place, uid, cancelled=is_here, as_read=claim)
    right = Claim(Hold.HELD, booking.hold_until) if booking.hold_until else Claim(Hold.SOLD)
    return claim == right or seats.turn(place, uid, claim, right)


def _can_go(claim: Claim, booking: Booking | None, now: datetime) -> bool:
    """What is claimed for a commit is left until it is over: it may be the seat of the booking's next version."""
    return claim.is_over(now) or (booking is not None and claim.hold is not Hold.CLAIMED)


def _expire(booking: Booking) -> None:
    """The booking ends before its seat is free, so that a payment in this moment finds either."""
    tenant = tenants.load_tenant(booking.tenant_id)
    if tenant is None:
        raise TenantNotFound("This booking's school does not exist any more")
    reason = "The offer was not taken in time" if booking.is_offer else "It was not paid in time"
    with suppress(store.ConditionFailed):
        ending.end(booking, tenant, CancelledBy.SYSTEM, reason, clock.now())
