"""viewer.teams.removeMember: somebody works at the school no more."""

from immersio.access.callers import Manager
from immersio.team import service
from immersio.team.schemas import RemoveMemberInput
from kernel.errors import Conflict, NotFound
from kernel.trpc import mutation


@mutation("viewer.teams.removeMember", caller=Manager, errors=(Conflict, NotFound))
def handler(input: RemoveMemberInput, caller: Manager) -> None:
    service.remove_members(caller, input)
