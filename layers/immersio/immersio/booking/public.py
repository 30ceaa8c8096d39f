"""What students do over REST, as they are told of it."""

from immersio.booking import managing, offers, reserving, views
from immersio.booking.schemas import BookRequest, CancelledBooking, CancelRequest, ManagedBooking, Reserved, WithToken
from kernel import clock


def book(tenant_slug: str, slug: str, request: BookRequest, idempotency_key: str | None) -> Reserved:
    return views.reserved(*reserving.reserve(tenant_slug, slug, request, idempotency_key))


def read(uid: str, token: str) -> ManagedBooking:
    booking, _ = managing.find(uid, token)
    return views.managed(booking, clock.now())


def accept(uid: str, request: WithToken) -> Reserved:
    return views.reserved(*offers.accept(uid, request.token))


def cancel(uid: str, request: CancelRequest) -> CancelledBooking:
    return views.cancelled(managing.cancel(uid, request), clock.now())
