"""POST /api/v1/public/bookings/{uid}/accept: a student takes the seat that the waitlist offered them."""

from immersio.booking import public
from immersio.booking.schemas import Reserved, WithToken
from kernel.auth import Anyone
from kernel.errors import (
    BookingNotFound,
    Conflict,
    Forbidden,
    PaymentFailed,
    StripeNotConfigured,
    StripeUnavailable,
    TenantNotFound,
    WhitelistDenied,
    WorkshopNotFound,
)
from kernel.http import endpoint


@endpoint(
    "POST /api/v1/public/bookings/{uid}/accept",
    caller=Anyone,
    errors=(
        BookingNotFound,
        Conflict,
        Forbidden,
        PaymentFailed,
        StripeNotConfigured,
        StripeUnavailable,
        TenantNotFound,
        WhitelistDenied,
        WorkshopNotFound,
    ),
)
def handler(uid: str, request: WithToken) -> Reserved:
    return public.accept(uid, request)
