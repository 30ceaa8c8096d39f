"""viewer.availability.schedule.get: one schedule of who asks, the default one if none is named."""

from immersio.access.callers import Member
from immersio.schedule import service
from immersio.schedule.schemas import GetScheduleInput, ScheduleView
from kernel.errors import NotFound, TenantNotFound
from kernel.trpc import query


@query("viewer.availability.schedule.get", caller=Member, errors=(NotFound, TenantNotFound))
def handler(input: GetScheduleInput, caller: Member) -> ScheduleView:
    return service.get_schedule(caller, input)
