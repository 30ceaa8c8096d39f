"""viewer.teams.get: the school of who is signed in, as Cal.com's team."""

from immersio.access.callers import Member
from immersio.team import service
from immersio.team.schemas import GetTeamInput, TeamView
from kernel.errors import NotFound, TenantNotFound
from kernel.trpc import query


@query("viewer.teams.get", caller=Member, errors=(NotFound, TenantNotFound))
def handler(input: GetTeamInput, caller: Member) -> TeamView:
    return service.get_team(caller, input)
