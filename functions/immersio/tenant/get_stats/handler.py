"""immersio.tenant.getStats: bookings, revenue and the best workshops of a week, a month or a year."""

from immersio.access.callers import Manager
from immersio.stats import service
from immersio.stats.schemas import GetStatsInput, StatsView
from kernel.errors import TenantNotFound
from kernel.trpc import query


@query("immersio.tenant.getStats", caller=Manager, errors=(TenantNotFound,))
def handler(caller: Manager, input: GetStatsInput) -> StatsView:
    return service.get_stats(caller, input)
