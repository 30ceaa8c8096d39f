"""viewer.teams.changeMemberRole: an owner, administrator or teacher becomes another of these."""

from immersio.access.callers import Manager
from immersio.team import service
from immersio.team.schemas import ChangeMemberRoleInput, MembershipView
from kernel.errors import Conflict, NotFound
from kernel.trpc import mutation


@mutation("viewer.teams.changeMemberRole", caller=Manager, errors=(Conflict, NotFound))
def handler(input: ChangeMemberRoleInput, caller: Manager) -> MembershipView:
    return service.change_role(caller, input)
