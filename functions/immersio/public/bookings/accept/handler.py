"""POST /api/v1/public/bookings/{uid}/accept: a student takes the seat that the waitlist offered them.

As when a seat is booked, it may have to be paid; accepting again answers as the first time.
"""

from immersio.booking import public
from immersio.booking.schemas import Reserved, WithToken
from kernel import errors
from kernel.auth import Anyone
from kernel.http import endpoint


@endpoint(
    "POST /api/v1/public/bookings/{uid}/accept",
    caller=Anyone,
    absent=errors.BookingNotFound,
    errors=(
        errors.Conflict,
        errors.Forbidden,
        errors.PaymentFailed,
        errors.StripeNotConfigured,
        errors.StripeUnavailable,
        errors.TenantNotFound,
        errors.WhitelistDenied,
        errors.WorkshopNotFound,
    ),
)
def handler(uid: str, request: WithToken) -> Reserved:
    return public.accept(uid, request)
