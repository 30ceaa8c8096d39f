"""A booking ends, whoever ends it."""

from datetime import datetime

from immersio.booking import changes, quota, store
from immersio.booking.model import Booking, BookingStatus, CancelledBy
from immersio.tenant.model import Tenant


def end(before: Booking, tenant: Tenant, by: CancelledBy, reason: str | None, now: datetime) -> Booking:
    """It is cancelled from here on; its seat and its money are settled after. Raises `ConditionFailed`."""
    after, actions = changes.cancelled(before, tenant, by, reason, now)
    store.commit(*actions)
    if before.status is BookingStatus.PENDING and not before.is_offer:
        quota.give_back(tenant, before.created_at)
    return after
