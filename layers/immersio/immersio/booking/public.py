"""What students do over REST, as they are told of it."""

from immersio.booking import managing, moving, offers, reserving, views
from immersio.booking.schemas import (
    BookRequest,
    CancelledBooking,
    CancelRequest,
    ManagedBooking,
    RescheduleRequest,
    Reserved,
    WithToken,
)
from kernel import clock


def book(tenant_slug: str, slug: str, request: BookRequest, idempotency_key: str | None) -> Reserved:
    booking, tenant = reserving.reserve(tenant_slug, slug, request, idempotency_key)
    return views.reserved(booking, tenant, clock.now())


def read(uid: str, token: str) -> ManagedBooking:
    booking, _ = managing.find(uid, token)
    return views.managed(booking, clock.now())


def accept(uid: str, request: WithToken) -> Reserved:
    return views.reserved(*offers.accept(uid, request.token), clock.now())


def cancel(uid: str, request: CancelRequest) -> CancelledBooking:
    return views.cancelled(managing.cancel(uid, request), clock.now())


def reschedule(uid: str, request: RescheduleRequest) -> ManagedBooking:
    return views.managed(moving.move(uid, request), clock.now())
