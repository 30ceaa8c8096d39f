"""immersio.workshop.list: the school's workshops, page by page, the newest first."""

from immersio.access.callers import Member
from immersio.workshop import listing
from immersio.workshop.schemas import ListWorkshopsInput, WorkshopPage
from kernel.errors import TenantNotFound
from kernel.trpc import query


@query("immersio.workshop.list", caller=Member, errors=(TenantNotFound,))
def handler(input: ListWorkshopsInput, caller: Member) -> WorkshopPage:
    return listing.list_workshops(caller, input)
