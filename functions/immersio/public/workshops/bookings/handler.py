"""POST /api/v1/public/workshops/{slug}/bookings: book a seat in one class of a workshop."""

from immersio.booking import public
from immersio.booking.schemas import AtSchool, BookRequest, Reserved
from kernel.auth import Anyone
from kernel.errors import (
    Conflict,
    Forbidden,
    NoSeatsAvailable,
    PaymentFailed,
    StripeNotConfigured,
    StripeUnavailable,
    TenantNotFound,
    WhitelistDenied,
    WorkshopNotFound,
)
from kernel.http import Created, endpoint


@endpoint(
    "POST /api/v1/public/workshops/{slug}/bookings",
    caller=Anyone,
    idempotent=True,
    errors=(
        Conflict,
        Forbidden,
        NoSeatsAvailable,
        PaymentFailed,
        StripeNotConfigured,
        StripeUnavailable,
        TenantNotFound,
        WhitelistDenied,
        WorkshopNotFound,
    ),
)
def handler(slug: str, query: AtSchool, request: BookRequest, idempotency_key: str | None) -> Created[Reserved]:
    return Created(public.book(query.tenant_slug, slug, request, idempotency_key))
