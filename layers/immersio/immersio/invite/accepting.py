"""Accepting an invitation: somebody new at the school, or a student or former teacher who becomes one of its staff."""

from typing import NamedTuple

from immersio.access import sessions, usernames
from immersio.access import store as access
from immersio.access.model import Membership, Person, User
from immersio.invite import store
from immersio.invite.model import Invite
from immersio.invite.schemas import AcceptInviteRequest, AcceptInviteResponse, NewColleague
from immersio.tenant import store as tenants
from immersio.tenant.model import Tenant
from kernel import clock, ids
from kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, TemporarilyUnavailable

TRIES = 10
"""Each time it fails, somebody else got what we wanted: the username, or the address."""
NO_ROOM = "The school's plan has no room for another teacher; ask the school to make room, then open the link again"
INVITE, PLACE = 0, 2
"""Where these stand among what is committed."""


class Joining(NamedTuple):
    person: Person
    rows: access.Actions
    is_new: bool


def accept_invite(token: str, request: AcceptInviteRequest) -> AcceptInviteResponse:
    for _ in range(TRIES):
        invite, tenant = _open_invite(token)
        joining = _join(invite, tenant, request)
        place = tenants.use_one(tenant.id, "teachers", tenant.plan.teachers)
        try:
            store.commit(*store.used_up(invite), place, *joining.rows)
        except store.ConditionFailed as failed:
            if failed.failed(PLACE) and not failed.failed(INVITE):
                raise tenant.plan.exceeded(tenant.plan.teachers, "teachers", NO_ROOM) from None
            continue
        return _told(joining)
    raise TemporarilyUnavailable("Others are joining in the same moment; try again", retry_after_seconds=1)


def _open_invite(token: str) -> tuple[Invite, Tenant]:
    """Unknown, used, replaced and expired are one and the same to whoever tries links."""
    invite = store.find_invite(token)
    if invite:
        inviter = access.load_membership(invite.tenant_id, invite.invited_by)
        tenant = tenants.load_tenant(invite.tenant_id)
        if tenant and invite.holds(clock.now(), inviter.role if inviter else None):
            return invite, tenant
    raise NotFound("This invitation does not exist, was used, or has expired; ask the school for a new one")


def _join(invite: Invite, tenant: Tenant, request: AcceptInviteRequest) -> Joining:
    user = access.find_user(invite.email)
    if user is None:
        return _newcomer(invite, tenant, request)
    if user.tenant_id != tenant.id:
        raise Conflict("With this e-mail address you belong to another school; ask to be invited with another one")
    if user.is_locked:
        raise Forbidden("Your account is locked; ask the school")
    return _known(user, invite)


def _newcomer(invite: Invite, tenant: Tenant, request: AcceptInviteRequest) -> Joining:
    name = request.name or invite.name
    if name is None:
        raise InvalidInput.field("name", "is required, as the invitation names nobody")
    wanted = request.username
    user = User(
        id=ids.new_number(),
        tenant_id=tenant.id,
        email=invite.email,
        name=name,
        username=usernames.chosen(tenant.id, wanted) if wanted else usernames.next_free(tenant.id, name),
        time_zone=request.time_zone or tenant.time_zone,
        created_at=clock.now(),
    )
    membership = _membership(user, invite)
    return Joining(Person(user, membership), access.new_member(user, membership), is_new=True)


def _known(user: User, invite: Invite) -> Joining:
    before = access.load_membership(user.tenant_id, user.id)
    if before is None:
        membership = _membership(user, invite)
        return Joining(Person(user, membership), [access.new_membership(membership)], is_new=False)
    if before.is_staff:
        raise Conflict("You are a member of this school already; just sign in")
    promoted = before.model_copy(update={"role": invite.role})
    return Joining(Person(user, promoted), [access.changed_role(before, invite.role)], is_new=False)


def _membership(user: User, invite: Invite) -> Membership:
    return Membership(tenant_id=user.tenant_id, user_id=user.id, role=invite.role, created_at=clock.now())


def _told(joining: Joining) -> AcceptInviteResponse:
    user, membership = joining.person
    colleague = NewColleague(
        id=user.id,
        email=user.email,
        name=user.name,
        username=user.username,
        tenant_id=user.tenant_id,
        role=membership.role,
    )
    token = sessions.start(user).token if joining.is_new else None
    return AcceptInviteResponse(success=True, user=colleague, session_token=token)
