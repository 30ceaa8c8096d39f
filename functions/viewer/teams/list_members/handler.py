"""viewer.teams.listMembers: who works at the school, page by page."""

from immersio.access.callers import Member
from immersio.team import service
from immersio.team.schemas import ListMembersInput, MemberPage
from kernel.errors import NotFound, TenantNotFound
from kernel.trpc import query


@query("viewer.teams.listMembers", caller=Member, errors=(NotFound, TenantNotFound))
def handler(input: ListMembersInput, caller: Member) -> MemberPage:
    return service.list_members(caller, input)
