"""What a school's counters add up to; how they come about is told in `immersio.stats.counting`."""

from datetime import datetime
from zoneinfo import ZoneInfo

from immersio.access.callers import Manager
from immersio.stats import period, store, summary
from immersio.stats.model import CANCELLED, ENDED
from immersio.stats.schemas import GetStatsInput, StatsView, TopWorkshop
from immersio.stats.summary import Sums
from immersio.tenant import store as tenants
from immersio.workshop import store as workshops
from kernel import clock
from kernel.errors import TenantNotFound

MOST_TOP_WORKSHOPS = 5


def get_stats(caller: Manager, input: GetStatsInput) -> StatsView:
    tenant = tenants.load_tenant(caller.tenant_id)
    if tenant is None:
        raise TenantNotFound("Your school does not exist any more")
    by_workshop = _sums(tenant.id, input, tenant.time_zone, clock.now())
    sums = summary.total(by_workshop.values())
    currency = summary.main_currency(sums)
    usage = tenants.load_usage(tenant.id)
    return StatsView(
        total_bookings=summary.bookings(sums),
        completed_bookings=sums[ENDED],
        cancelled_bookings=sums[CANCELLED],
        total_revenue=summary.revenue(sums, currency),
        average_booking_value=summary.average(sums, currency),
        teacher_count=usage.get("teachers", 0),
        workshop_count=usage.get("workshops", 0),
        student_count=store.load_students(tenant.id),
        top_workshops=_top(tenant.id, by_workshop, currency),
    )


def _sums(tenant_id: int, input: GetStatsInput, time_zone: str, now: datetime) -> dict[int, Sums]:
    asked = period.asked(input.period, input.start_date, input.end_date, time_zone, now)
    pieces = period.pieces(asked, now.astimezone(ZoneInfo(time_zone)).date())
    return summary.by_workshop(store.load_rows(tenant_id, pieces), time_zone, now)


def _top(tenant_id: int, by_workshop: dict[int, Sums], currency: str | None) -> list[TopWorkshop]:
    booked = [workshop_id for workshop_id, sums in by_workshop.items() if summary.bookings(sums)]

    def rank(workshop_id: int) -> tuple[int, int, int]:
        sums = by_workshop[workshop_id]
        return -summary.bookings(sums), -summary.revenue(sums, currency), workshop_id

    best = sorted(booked, key=rank)[:MOST_TOP_WORKSHOPS]
    titles = {workshop.id: workshop.title for workshop in workshops.load_workshops(tenant_id, best)}
    return [
        TopWorkshop(
            id=workshop_id,
            title=titles.get(workshop_id, ""),
            booking_count=summary.bookings(by_workshop[workshop_id]),
            revenue=summary.revenue(by_workshop[workshop_id], currency),
        )
        for workshop_id in best
    ]
