"""POST /api/v1/public/bookings/{uid}/cancel: a student gives their seat back.

Until the class starts. Cancelling again changes nothing, and answers as the first time. With `requireRefund` it is
only cancelled if the money goes back.
"""

from immersio.booking import public
from immersio.booking.schemas import CancelledBooking, CancelRequest
from kernel.auth import Anyone
from kernel.errors import BookingNotFound, Conflict, RefundNotEligible, TenantNotFound
from kernel.http import endpoint


@endpoint(
    "POST /api/v1/public/bookings/{uid}/cancel",
    caller=Anyone,
    absent=BookingNotFound,
    errors=(Conflict, RefundNotEligible, TenantNotFound),
)
def handler(uid: str, request: CancelRequest) -> CancelledBooking:
    return public.cancel(uid, request)
