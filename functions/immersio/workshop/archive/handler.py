"""immersio.workshop.archive: a workshop is offered no more."""

from immersio.access.callers import Member
from immersio.workshop import service
from immersio.workshop.schemas import Archived, WorkshopInput
from kernel.errors import WorkshopNotFound
from kernel.trpc import mutation


@mutation("immersio.workshop.archive", caller=Member, errors=(WorkshopNotFound,))
def handler(input: WorkshopInput, caller: Member) -> Archived:
    return service.archive_workshop(caller, input)
