"""Bringing an occurrence's claims in line with the bookings, which are the truth.

Every change of a booking is committed first and settled after; whoever dies in between leaves a message that settles
it again. So a seat is never given away while its booking is alive, and never kept for one that is not.
"""

from contextlib import suppress

from immersio.booking import changes, duties, store
from immersio.booking.model import Booking, BookingStatus, CancelledBy
from immersio.seat import store as seats
from immersio.seat.model import Claim, Hold, Place
from immersio.tenant import store as tenants
from kernel import clock
from kernel.errors import TenantNotFound
from kernel.outbox import Message


def deliver(message: Message) -> None:
    settle(*duties.place_of(message))


def settle(place: Place, uid: str) -> None:
    """Do with a claim what its booking says; of a hold that is over, end the booking first."""
    booking = store.load_booking(place.tenant_id, uid)
    if booking is None:
        seats.free(place, uid, cancelled=False, if_over=clock.now())  # until then it may be committed
    elif booking.place != place:
        seats.free(place, uid, cancelled=False)
    elif booking.status is BookingStatus.CANCELLED:
        seats.free(place, uid, cancelled=True)
    elif booking.status is BookingStatus.ACCEPTED:
        seats.turn(place, uid, Claim(Hold.SOLD))
    elif booking.is_alive(clock.now()):
        seats.turn(place, uid, Claim(Hold.HELD, booking.hold_until))
    else:
        _expire(booking)
        settle(place, uid)


def _expire(booking: Booking) -> None:
    """The booking ends before its seat is free, so that a payment in this moment finds either."""
    tenant = tenants.load_tenant(booking.tenant_id)
    if tenant is None:
        raise TenantNotFound("This booking's school does not exist any more")
    reason = "The offer was not taken in time" if booking.is_offer else "It was not paid in time"
    _, actions = changes.cancelled(booking, tenant, CancelledBy.SYSTEM, reason, clock.now())
    with suppress(store.ConditionFailed):
        store.commit(*actions)
