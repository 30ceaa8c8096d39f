"""viewer.availability.schedule.delete: a schedule is no longer needed."""

from immersio.access.callers import Member
from immersio.schedule import service
from immersio.schedule.schemas import DeleteScheduleInput
from kernel.errors import Conflict, NotFound, TenantNotFound
from kernel.trpc import mutation


@mutation("viewer.availability.schedule.delete", caller=Member, errors=(Conflict, NotFound, TenantNotFound))
def handler(input: DeleteScheduleInput, caller: Member) -> None:
    service.delete_schedule(caller, input)
