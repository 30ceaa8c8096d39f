"""What students read and do about a booking of theirs; they prove by its token that it is (INV-24)."""

from datetime import datetime

from immersio.booking import cancelling, links, money, store
from immersio.booking.cancelling import check_not_started
from immersio.booking.model import Booking, CancelledBy
from immersio.booking.schemas import CancelRequest
from immersio.tenant import store as tenants
from immersio.tenant.model import Tenant
from kernel.errors import BookingNotFound, RefundNotEligible, TenantNotFound


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

    def refuse(booking: Booking, now: datetime) -> None:
        check_not_started(booking, now)
        if request.require_refund and not (booking.paid and booking.is_within_window(now)):
            raise RefundNotEligible(
                "Cancelling would give nothing back now; without requireRefund it is cancelled anyway"
            )

    ended = cancelling.cancel(lambda: find(uid, request.token), CancelledBy.STUDENT, request.reason, refuse)
    return money.settle_now(ended)
