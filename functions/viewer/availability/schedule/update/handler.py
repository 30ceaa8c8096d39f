"""viewer.availability.schedule.update: other hours, dates, zone or name for a schedule, or make it the default."""

from immersio.access.callers import Member
from immersio.schedule import service
from immersio.schedule.schemas import UpdatedSchedule, UpdateScheduleInput
from kernel.errors import NotFound, TenantNotFound
from kernel.trpc import mutation


@mutation("viewer.availability.schedule.update", caller=Member, errors=(NotFound, TenantNotFound))
def handler(input: UpdateScheduleInput, caller: Member) -> UpdatedSchedule:
    return service.update_schedule(caller, input)
