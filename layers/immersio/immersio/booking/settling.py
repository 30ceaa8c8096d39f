"""Bringing an occurrence's claims in line with the bookings, which are the truth.

Every change of a booking is committed first and settled after; whoever dies in between leaves a message that settles
it again. So a seat is never given away while its booking is alive, and never kept for one that is not.
"""

from immersio.booking import store
from immersio.booking.model import Booking, BookingStatus, CancelledBy
from immersio.booking.transitions import cancelled
from immersio.seat import store as seats
from immersio.seat.model import Claim, Hold, Place
from kernel import clock


def settle(place: Place, uid: str) -> bool:
    """Do with a claim what its booking says; True if a seat became free."""
    booking = store.load_booking(place.tenant_id, uid)
    if booking is None or booking.place != place:
        return seats.free(place, uid, cancelled=False)
    if booking.status is BookingStatus.CANCELLED:
        return seats.free(place, uid, cancelled=True)
    if booking.status is BookingStatus.ACCEPTED:
        return not seats.turn(place, uid, Claim(Hold.SOLD))
    if booking.is_alive(clock.now()):
        return not seats.turn(place, uid, Claim(Hold.HELD, booking.hold_until))
    return _expire(booking)


def _expire(booking: Booking) -> bool:
    """Nobody paid in time; the booking ends before its seat is free, so that a payment in this moment finds either."""
    try:
        store.commit(*cancelled(booking, CancelledBy.SYSTEM, "It was not paid in time"))
    except store.ConditionFailed:
        pass
    return settle(booking.place, booking.uid)
