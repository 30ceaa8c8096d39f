"""viewer.availability.schedule.create: one more schedule for who asks."""

from immersio.access.callers import Member
from immersio.schedule import service
from immersio.schedule.schemas import CreatedSchedule, CreateScheduleInput
from kernel.errors import Conflict, TenantNotFound
from kernel.trpc import mutation


@mutation("viewer.availability.schedule.create", caller=Member, errors=(Conflict, TenantNotFound))
def handler(input: CreateScheduleInput, caller: Member) -> CreatedSchedule:
    return service.create_schedule(caller, input)
