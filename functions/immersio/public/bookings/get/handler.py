"""GET /api/v1/public/bookings/{uid}: a student's own booking, and what cancelling it now would give back.

Everything about a booking is opened by its token.
"""

from immersio.booking import public
from immersio.booking.schemas import ManagedBooking, WithToken
from kernel.auth import Anyone
from kernel.errors import BookingNotFound, TenantNotFound
from kernel.http import endpoint


@endpoint("GET /api/v1/public/bookings/{uid}", caller=Anyone, absent=BookingNotFound, errors=(TenantNotFound,))
def handler(uid: str, request: WithToken) -> ManagedBooking:
    return public.read(uid, request.token)
