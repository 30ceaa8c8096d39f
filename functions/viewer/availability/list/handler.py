"""viewer.availability.list: the schedules of who asks, and which is their default."""

from immersio.access.callers import Member
from immersio.schedule import service
from immersio.schedule.schemas import ScheduleList
from kernel.errors import TenantNotFound
from kernel.trpc import query


@query("viewer.availability.list", caller=Member, errors=(TenantNotFound,))
def handler(caller: Member) -> ScheduleList:
    return service.list_schedules(caller)
