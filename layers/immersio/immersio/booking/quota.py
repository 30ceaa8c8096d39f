"""What bookings count against a school's plan: each in the month it was made, by the school's calendar (INV-07).

One row of the whole school, so it is not in a booking's transaction. A process that dies in between leaves too much in
it, never too little.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from immersio.booking.store import ConditionFailed
from immersio.tenant import store as tenants
from immersio.tenant.model import Tenant
from immersio.tenant.plan import UNLIMITED


def use(tenant: Tenant, at: datetime) -> None:
    """Count one booking more; raises `Forbidden` where the plan allows no more of them."""
    limit = tenant.plan.bookings_a_month
    if not tenants.use_one_now(tenant.id, month(tenant, at), limit):
        message = (
            f"This school's plan allows {limit} bookings a month, and all are used; "
            "ask the school to change its plan, or come back next month"
        )
        raise tenant.plan.exceeded(limit, "bookings a month", message)


@contextmanager
def used_again(tenant: Tenant, at: datetime) -> Iterator[None]:
    """A booking that had ended becomes one again in here; it was allowed when it was made."""
    tenants.use_one_now(tenant.id, month(tenant, at), UNLIMITED)
    try:
        yield
    except ConditionFailed:
        give_back(tenant, at)
        raise


def give_back(tenant: Tenant, at: datetime) -> None:
    """What was counted then came to nothing."""
    tenants.free_one_now(tenant.id, month(tenant, at))


def month(tenant: Tenant, at: datetime) -> str:
    """What the bookings of a month are counted as."""
    return f"bookings_{at.astimezone(ZoneInfo(tenant.time_zone)):%Y-%m}"
