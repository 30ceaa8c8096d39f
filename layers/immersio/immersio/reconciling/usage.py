"""What a school's plan counts of a month's bookings, beside the bookings.

A process that dies between counting and committing leaves too much, and nobody gives it back but this. Too little would
let more book than the plan allows, so the counter is lowered only to what is certainly enough, only if nobody is just
booking, and only if it still says what it said before the bookings were read.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from zoneinfo import ZoneInfo

from immersio.booking import store as bookings
from immersio.booking.model import Booking, BookingStatus
from immersio.booking.quota import month
from immersio.reconciling import duties, store
from immersio.reconciling.model import Usage
from immersio.seat import store as seats
from immersio.seat.model import Hold
from immersio.tenant import store as tenants
from immersio.tenant.model import Tenant
from immersio.tenant.plan import UNLIMITED
from immersio.workshop import store as workshops
from immersio.workshop.model import Shelf
from kernel import clock
from kernel.errors import TenantNotFound
from kernel.outbox import Message
from kernel.telemetry import count, logger

AT_ONCE = 8
"""Workshops that are asked for side by side."""
PAGE = 100
LOOKS = 5
"""What is different at each of so many is left to the next day's run."""


def reconcile_plan(message: Message) -> None:
    """Count this month's bookings; set the counter right if it is wrong in the same way at two looks."""
    tenant = tenants.load_tenant(int(message.tenant))
    if tenant is None:
        raise TenantNotFound("This school does not exist any more")
    if tenant.plan.bookings_a_month == UNLIMITED:
        return
    now, looks = clock.now(), message.payload["looks"]
    seen, usage = message.payload["seen"], _usage(tenant, now)
    if not usage.has_drifted:
        logger.info("the plan's bookings are counted", extra={"tenant_id": tenant.id, **usage.model_dump()})
    elif seen and usage == Usage.model_validate(seen) and not _is_being_booked(tenant, now):
        _correct(tenant, now, usage)
    elif looks < LOOKS:
        store.send([duties.of_plan(tenant.id, usage, looks + 1)])
    else:
        logger.warning("a school never stood still; its plan is left for tomorrow", extra={"tenant_id": tenant.id})


def _correct(tenant: Tenant, now: datetime, usage: Usage) -> None:
    what = month(tenant, now)
    told = {"tenant_id": tenant.id, "counted": what, **usage.model_dump(), "right": usage.right}
    logger.error("a plan's bookings are miscounted", extra=told)
    count("PlanDrifted")
    if not tenants.correct_usage(tenant.id, what, usage.counter, usage.right):
        logger.info("somebody booked in the same moment; the plan is left for tomorrow", extra=told)


def _usage(tenant: Tenant, now: datetime) -> Usage:
    """The counter first: whoever counts after that makes it another."""
    counter = tenants.load_usage(tenant.id).get(month(tenant, now), 0)
    local = now.astimezone(ZoneInfo(tenant.time_zone))
    since = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)

    def counts(workshop_id: int) -> list[bool | None]:
        found = bookings.bookings_of_workshop(tenant.id, workshop_id, since, store.THE_END)
        return [_counts(one, now) for one in found if month(tenant, one.created_at) == month(tenant, now)]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        verdicts = [verdict for found in pool.map(counts, workshop_ids(tenant.id)) for verdict in found]
    certain, unknown = verdicts.count(True), verdicts.count(None)
    return Usage(counter=counter, certain=certain, possible=certain + unknown)


def _counts(booking: Booking, now: datetime) -> bool | None:
    """Whether it counts for the plan: all that were ever accepted, and those that can be paid yet. None: who knows."""
    if booking.accepted_at or booking.status is BookingStatus.ACCEPTED:
        return True
    if booking.status is BookingStatus.CANCELLED:
        return False
    return None if booking.is_offer or not booking.is_alive(now) else True


def _is_being_booked(tenant: Tenant, now: datetime) -> bool:
    """Whether somebody has counted a booking and not committed it yet."""

    def is_claimed(workshop_id: int) -> bool:
        found = seats.occupancies_between(tenant.id, workshop_id, now, store.THE_END)
        claims = (claim for _, occupancy in found for claim in occupancy.claims.values())
        return any(claim.hold is Hold.CLAIMED and not claim.is_over(now) for claim in claims)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return any(pool.map(is_claimed, workshop_ids(tenant.id)))


def workshop_ids(tenant_id: int) -> Iterator[int]:
    """All of a school's, also those that are archived: their bookings stay."""
    first = 0
    while page := workshops.page_of_ids(tenant_id, Shelf(), first, PAGE):
        yield from page
        first += len(page)
