"""immersio.workshop.update: some of a workshop is changed, or its status."""

from immersio.access.callers import Member
from immersio.workshop import service
from immersio.workshop.schemas import LARGEST_INPUT, UpdateWorkshopInput, WorkshopView
from kernel.errors import Conflict, TenantNotFound, WorkshopNotFound
from kernel.trpc import mutation


@mutation(
    "immersio.workshop.update",
    caller=Member,
    largest_body=LARGEST_INPUT,
    errors=(Conflict, TenantNotFound, WorkshopNotFound),
)
def handler(input: UpdateWorkshopInput, caller: Member) -> WorkshopView:
    return service.update_workshop(caller, input)
