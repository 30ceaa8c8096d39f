"""Inviting people to work at a school."""

from immersio.access import store as access
from immersio.access.callers import Manager
from immersio.access.model import Role
from immersio.invite import links, store
from immersio.invite.model import LIFETIME, Invite
from immersio.invite.schemas import InvitedTeacher, InviteTeacherInput
from immersio.notices import duties
from immersio.tenant import store as tenants
from immersio.tenant.model import Tenant
from immersio.tenant.plan import UNLIMITED, allows
from kernel import clock, ids, outbox
from kernel.errors import Conflict, Forbidden, TemporarilyUnavailable, TenantNotFound
from kernel.fields import normalised_email

TRIES = 5
"""Only somebody who invites the same address in the same moment can be in the way."""


def invite_teacher(caller: Manager, input: InviteTeacherInput) -> InvitedTeacher:
    """Send an invitation by e-mail; a former one of the same address ends with it."""
    if not caller.role.may_give(input.role):
        raise Forbidden(f"Only an {Role.OWNER} may invite an {input.role}; invite a {Role.MEMBER}, or ask one of them")
    _refuse_colleague(caller.tenant_id, input.email)
    _check_plan(caller.tenant_id, input.email)
    for _ in range(TRIES):
        token, invite = _new_invite(caller, input)
        replaced = store.load_invite(invite.tenant_id, invite.email)
        try:
            store.commit(*store.new_invite(invite, replaced), outbox.put(duties.invitation(invite)))
        except store.ConditionFailed:
            continue
        return InvitedTeacher(success=True, invite_id=invite.id, invite_link=links.link(token))
    raise TemporarilyUnavailable("This address is being invited elsewhere; try again", retry_after_seconds=1)


def _refuse_colleague(tenant_id: int, email: str) -> None:
    """Whether an address is known at another school is not told."""
    user = access.find_user(email)
    membership = access.load_membership(tenant_id, user.id) if user else None
    if membership and membership.is_staff:
        raise Conflict(f"{email} is a member of your school already, as {membership.role}")


def _check_plan(tenant_id: int, email: str) -> None:
    """Everybody who is there or may still accept needs a place; accepting takes it (INV-07)."""
    plan = _tenant(tenant_id).plan
    if plan.teachers == UNLIMITED:
        return
    there, invited = tenants.load_usage(tenant_id).get("teachers", 0), _invited(tenant_id) - {normalised_email(email)}
    if not allows(plan.teachers, there + len(invited) + 1):
        raise plan.exceeded(
            plan.teachers,
            "teachers",
            f"Your plan {plan.type} allows {plan.teachers} teachers; {there} are there and {len(invited)} are invited. "
            "Change the plan for more, remove somebody, or wait until an invitation ends",
        )


def _invited(tenant_id: int) -> set[str]:
    """Everybody who may still accept."""
    now = clock.now()
    in_time = [invite for invite in store.invites(tenant_id) if invite.is_open(now)]
    inviters = access.load_staff(tenant_id, {invite.invited_by for invite in in_time})
    roles = {person.user.id: person.membership.role for person in inviters}
    return {normalised_email(invite.email) for invite in in_time if invite.holds(now, roles.get(invite.invited_by))}


def _tenant(tenant_id: int) -> Tenant:
    tenant = tenants.load_tenant(tenant_id)
    if tenant is None:
        raise TenantNotFound("Your school does not exist any more")
    return tenant


def _new_invite(caller: Manager, input: InviteTeacherInput) -> tuple[str, Invite]:
    now, invite_id = clock.now(), ids.new_number()
    token = links.new_token(caller.tenant_id, invite_id)
    invite = Invite(
        tenant_id=caller.tenant_id,
        id=invite_id,
        email=input.email,
        name=input.name or None,
        role=input.role,
        invited_by=caller.user_id,
        fingerprint=ids.fingerprint(token),
        created_at=now,
        expires_at=now + LIFETIME,
    )
    return token, invite
