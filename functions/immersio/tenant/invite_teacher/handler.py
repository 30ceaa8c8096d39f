"""immersio.tenant.inviteTeacher: ask somebody by e-mail to teach at the school, or to help run it."""

from immersio.access.callers import Manager
from immersio.invite import service
from immersio.invite.schemas import InvitedTeacher, InviteTeacherInput
from kernel.errors import Conflict, TenantNotFound
from kernel.limits import INVITATIONS
from kernel.trpc import mutation


@mutation("immersio.tenant.inviteTeacher", caller=Manager, limit=INVITATIONS, errors=(Conflict, TenantNotFound))
def handler(input: InviteTeacherInput, caller: Manager) -> InvitedTeacher:
    return service.invite_teacher(caller, input)
