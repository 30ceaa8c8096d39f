"""What students read and do about a booking of theirs; they prove by its token that it is (INV-24)."""

from datetime import datetime

from immersio.booking import changes, links, money, store
from immersio.booking.ending import end
from immersio.booking.model import Booking, BookingStatus, CancelledBy
from immersio.booking.schemas import CancelRequest
from immersio.booking.settling import settle
from immersio.tenant import store as tenants
from immersio.tenant.model import Tenant
from kernel import clock
from kernel.errors import BookingNotFound, Conflict, RefundNotEligible, TemporarilyUnavailable, TenantNotFound

TRIES = 5


def find(uid: str, token: str) -> tuple[Booking, Tenant]:
    """A wrong token is answered as a booking that is not there."""
    tenant_id = links.tenant_of(uid)
    booking = store.load_booking(tenant_id, uid) if tenant_id is not None else None
    if booking is None or not links.is_manage_token(uid, token):
        raise BookingNotFound("There is no booking with this uid and token; take both from its confirmation")
    tenant = tenants.load_tenant(booking.tenant_id)
    if tenant is None:
        raise TenantNotFound("This booking's school does not exist any more")
    return booking, tenant


def cancel(uid: str, request: CancelRequest) -> Booking:
    """Until the class starts. Once more changes nothing, and answers as the first time (INV-11)."""
    for _ in range(TRIES):
        booking, tenant = find(uid, request.token)
        try:
            after = _given_back(booking, tenant, request)
        except store.ConditionFailed:
            continue
        settle(after.place, uid)
        return money.settle_now(after)
    raise TemporarilyUnavailable("This booking is being changed elsewhere; try again", retry_after_seconds=1)


def _given_back(booking: Booking, tenant: Tenant, request: CancelRequest) -> Booking:
    """Raises `ConditionFailed` where somebody else changed it."""
    if booking.ran_out:
        after, actions = changes.given_up(booking, CancelledBy.STUDENT, request.reason)
        store.commit(*actions)
        return after
    if booking.status is BookingStatus.CANCELLED:
        return booking
    now = clock.now()
    check_not_started(booking, now)
    if request.require_refund and not (booking.paid and booking.is_within_window(now)):
        raise RefundNotEligible("Cancelling would give nothing back now; without requireRefund it is cancelled anyway")
    return end(booking, tenant, CancelledBy.STUDENT, request.reason, now)


def check_not_started(booking: Booking, now: datetime) -> None:
    if booking.starts_at <= now:
        raise Conflict("This class has started, so its seat cannot be given back any more")
