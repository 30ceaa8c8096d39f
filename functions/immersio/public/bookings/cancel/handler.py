"""POST /api/v1/public/bookings/{uid}/cancel: a student gives their seat back."""

from immersio.booking import public
from immersio.booking.schemas import CancelledBooking, CancelRequest
from kernel.auth import Anyone
from kernel.http import endpoint


@endpoint("POST /api/v1/public/bookings/{uid}/cancel", caller=Anyone)
def handler(uid: str, request: CancelRequest) -> CancelledBooking:
    return public.cancel(uid, request)
