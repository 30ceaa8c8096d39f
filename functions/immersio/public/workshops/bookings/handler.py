"""POST /api/v1/public/workshops/{slug}/bookings: book a seat in one class of a workshop.

A paid one is held until `payment.expiresAt`. `manageToken` opens everything else about the booking.
"""

from immersio.booking import public
from immersio.booking.schemas import AtSchool, BookRequest, Reserved
from kernel import errors
from kernel.auth import Anyone
from kernel.http import Created, endpoint


@endpoint(
    "POST /api/v1/public/workshops/{slug}/bookings",
    caller=Anyone,
    idempotent=True,
    absent=errors.WorkshopNotFound,
    errors=(
        errors.Conflict,
        errors.Forbidden,
        errors.NoSeatsAvailable,
        errors.PaymentFailed,
        errors.StripeNotConfigured,
        errors.StripeUnavailable,
        errors.TenantNotFound,
        errors.WhitelistDenied,
    ),
)
def handler(slug: str, query: AtSchool, request: BookRequest, idempotency_key: str | None) -> Created[Reserved]:
    return Created(public.book(query.tenant_slug, slug, request, idempotency_key))
