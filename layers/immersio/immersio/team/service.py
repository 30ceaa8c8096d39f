"""Who works at a school, and as what."""

from collections.abc import Container, Sequence

from immersio.access import store as access
from immersio.access.callers import Manager, Member
from immersio.access.model import Person, Role
from immersio.team import views
from immersio.team.schemas import (
    ChangeMemberRoleInput,
    GetTeamInput,
    ListMembersInput,
    MemberPage,
    MembershipView,
    PageMeta,
    RemoveMemberInput,
    TeamView,
)
from immersio.tenant import store as tenants
from immersio.tenant.model import Tenant
from kernel.errors import Conflict, Forbidden, NotFound, TenantNotFound


def get_team(caller: Member, input: GetTeamInput) -> TeamView:
    return views.team(_tenant(caller, input.team_id), caller.role)


def list_members(caller: Member, input: ListMembersInput) -> MemberPage:
    """A page of the staff by rising id; only a search has all of them read."""
    tenant = _tenant(caller, input.team_id)
    term, since = input.search_term.strip().casefold(), input.cursor or 0
    if term:
        matching = [one for one in access.load_staff(tenant.id, access.staff_ids(tenant.id)) if _matches(one, term)]
        total, found = len(matching), [one.user.id for one in matching if one.user.id >= since]
    else:
        total = tenants.load_usage(tenant.id).get("teachers", 0)
        found = access.staff_ids(tenant.id, max(since, 0), input.limit + 1)
    return _page(tenant, found, input.limit, total)


def remove_members(caller: Manager, input: RemoveMemberInput) -> None:
    """All of them, or nobody where one cannot be removed.

    Their workshops stay, with their name, address and schedules, until a manager gives them to somebody else.
    """
    for team_id in input.team_ids:
        _check_own(caller, team_id)
    people = [_colleague(caller, member_id) for member_id in dict.fromkeys(input.member_ids)]
    for person in people:
        _check_rank(caller, person)
    _commit(
        *(access.ended(person.membership) for person in people),
        *_guards(caller, people),
        tenants.free(caller.tenant_id, "teachers", len(people)),
    )


def change_role(caller: Manager, input: ChangeMemberRoleInput) -> MembershipView:
    _check_own(caller, input.team_id)
    person = _colleague(caller, input.member_id)
    _check_rank(caller, person)
    if person.membership.role is input.role:
        return views.membership(person)
    if not caller.role.may_give(input.role):
        raise Forbidden(f"Only an {Role.OWNER} may make somebody {input.role}; ask one of them")
    _commit(access.changed_role(person.membership, input.role), *_guards(caller, [person]))
    changed = person.membership.model_copy(update={"role": input.role})
    return views.membership(person._replace(membership=changed))


def _commit(*actions: access.Action) -> None:
    try:
        tenants.commit(*actions)
    except tenants.ConditionFailed:
        raise _changed_meanwhile() from None


def _guards(caller: Manager, people: Sequence[Person]) -> access.Actions:
    """What must still hold when it is written: the caller's own role, and that an owner is left.

    Whoever changes themselves has their role checked by that change.
    """
    changed = {person.user.id for person in people}
    if caller.user_id not in changed:
        return [access.still_is(caller.tenant_id, caller.user_id, caller.role)]
    if caller.role is not Role.OWNER:
        return []
    return [access.still_is(caller.tenant_id, _another_owner(caller.tenant_id, changed), Role.OWNER)]


def _another_owner(tenant_id: int, than: Container[int]) -> int:
    staff = access.load_staff(tenant_id, access.staff_ids(tenant_id))
    owners = [one.user.id for one in staff if one.membership.role is Role.OWNER and one.user.id not in than]
    if not owners:
        raise Conflict("No owner would be left; make somebody else an owner first")
    return owners[0]


def _check_rank(caller: Manager, person: Person) -> None:
    """An owner is only an owner's to change, so whoever changes another owner is one that is left."""
    if person.user.id == caller.user_id and person.membership.role is not caller.role:
        raise _changed_meanwhile()
    if person.membership.role is Role.OWNER and caller.role is not Role.OWNER:
        raise Forbidden(f"Only an {Role.OWNER} may change or remove an {Role.OWNER}; ask one of them")


def _changed_meanwhile() -> Conflict:
    return Conflict("Somebody changed this team in the same moment; look at it again")


def _tenant(caller: Member, team_id: int) -> Tenant:
    _check_own(caller, team_id)
    tenant = tenants.load_tenant(caller.tenant_id)
    if tenant is None:
        raise TenantNotFound("Your school does not exist any more")
    return tenant


def _check_own(caller: Member, team_id: int) -> None:
    if team_id != caller.tenant_id:
        raise NotFound("You have no team with this id; yours is your school, by the id that immersio.tenant.get tells")


def _colleague(caller: Manager, member_id: int) -> Person:
    for person in access.load_staff(caller.tenant_id, [member_id]):
        return person
    raise NotFound("Your team has no member with this id; viewer.teams.listMembers shows those it has")


def _page(tenant: Tenant, found: list[int], limit: int, total: int) -> MemberPage:
    members = [views.member(person, tenant) for person in access.load_staff(tenant.id, found[:limit])]
    meta = PageMeta(total_row_count=total)
    if len(found) <= limit:
        return MemberPage(members=members, meta=meta)
    return MemberPage(members=members, next_cursor=found[limit], meta=meta)


def _matches(person: Person, term: str) -> bool:
    user = person.user
    return any(term in text.casefold() for text in (user.name, user.username, user.email))
