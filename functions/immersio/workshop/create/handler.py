"""immersio.workshop.create: a workshop or live class is offered."""

from immersio.access.callers import Member
from immersio.workshop import service
from immersio.workshop.schemas import LARGEST_INPUT, CreatedWorkshop, CreateWorkshopInput
from kernel.errors import Conflict, TenantNotFound
from kernel.trpc import mutation


@mutation("immersio.workshop.create", caller=Member, largest_body=LARGEST_INPUT, errors=(Conflict, TenantNotFound))
def handler(input: CreateWorkshopInput, caller: Member) -> CreatedWorkshop:
    return service.create_workshop(caller, input)
