"""immersio.workshop.get: all there is to know of one workshop."""

from immersio.access.callers import Member
from immersio.workshop import listing
from immersio.workshop.schemas import WorkshopInput, WorkshopView
from kernel.errors import TenantNotFound, WorkshopNotFound
from kernel.trpc import query


@query("immersio.workshop.get", caller=Member, errors=(TenantNotFound, WorkshopNotFound))
def handler(input: WorkshopInput, caller: Member) -> WorkshopView:
    return listing.get_workshop(caller, input)
