"""viewer.availability.schedule.delete: a schedule is no longer needed."""

from immersio.access.callers import Member
from immersio.schedule import service
from immersio.schedule.schemas import DeleteScheduleInput
from kernel.trpc import mutation


@mutation("viewer.availability.schedule.delete", caller=Member)
def handler(input: DeleteScheduleInput, caller: Member) -> None:
    service.delete_schedule(caller, input)
