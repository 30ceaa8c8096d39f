"""Users and memberships in the table."""

from collections.abc import Iterable

from boto3.dynamodb.conditions import Attr, ConditionBase
from boto3.dynamodb.conditions import Key as Where

from immersio.access.model import Membership, Person, Role, User
from kernel import keys, table
from kernel.fields import normalised_email

Action = table.Action
Actions = list[Action]


def load_user(user_id: int) -> User | None:
    row = table.get(keys.user(user_id))
    return User.model_validate(row) if row else None


def load_users(user_ids: Iterable[int]) -> dict[int, User]:
    """Several users at once, those there are."""
    rows = table.get_all(map(keys.user, user_ids)).values()
    return {user.id: user for user in map(User.model_validate, rows)}


def find_user(email: str) -> User | None:
    """Whose address it is, at whatever school."""
    row = table.get(keys.email(normalised_email(email)))
    return load_user(int(row["user_id"])) if row else None


def load_membership(tenant_id: int, user_id: int) -> Membership | None:
    row = table.get(keys.membership(tenant_id, user_id))
    return Membership.model_validate(row) if row else None


def load_staff(tenant_id: int, user_ids: Iterable[int]) -> list[Person]:
    """Those of these users who work at the school at this moment, in the order asked for."""
    wanted = list(user_ids)
    pairs = [(keys.user(user_id), keys.membership(tenant_id, user_id)) for user_id in wanted]
    rows = table.get_all(key for pair in pairs for key in pair)
    found = (
        Person(User.model_validate(rows[user]), Membership.model_validate(rows[membership]))
        for user, membership in pairs
        if user in rows and membership in rows
    )
    return [person for person in found if person.membership.is_staff]


def staff_ids(tenant_id: int, since: int = 0, limit: int | None = None) -> list[int]:
    """Who works at the school, by rising id from `since` on; a change of this very moment may be missing yet."""
    condition = Where("gsi1pk").eq(keys.team(tenant_id)) & Where("gsi1sk").gte(keys.team_sort(since))
    return [int(row["user_id"]) for row in table.query(condition, index="gsi1", limit=limit)]


def taken_usernames(tenant_id: int, names: Iterable[str]) -> set[str]:
    """Which of these names somebody of the school has."""
    by_key = {keys.username(tenant_id, name): name for name in names}
    return {by_key[key] for key in table.get_all(by_key)}


def new_member(user: User, membership: Membership) -> Actions:
    """Somebody new at a school; an address is one user's only, and a username one person's of the school."""
    email = {"entity": "email", "user_id": user.id, **keys.email(normalised_email(user.email))._asdict()}
    name_key = keys.username(user.tenant_id, user.username)
    name = {"entity": "username", "user_id": user.id, **name_key._asdict()}
    row = {"entity": "user", **user.model_dump(mode="json"), **keys.user(user.id)._asdict()}
    rows = [table.Put(item=item, condition=Attr("pk").not_exists()) for item in (email, name, row)]
    return [*rows, new_membership(membership)]


def recognised(before: User, after: User) -> Actions:
    """Their name, their address and who they are at Immersio, if nobody has changed any of it since it was read."""
    as_read = Attr("name").eq(before.name) & Attr("email").eq(before.email) & _is_subject(before.immersio_subject)
    changed = {"name": after.name, "email": after.email, "immersio_subject": after.immersio_subject}
    user = table.Update(key=keys.user(before.id), set=changed, condition=as_read)
    former, new = normalised_email(before.email), normalised_email(after.email)
    if former == new:
        return [user]
    email = {"entity": "email", "user_id": after.id, **keys.email(new)._asdict()}
    return [user, table.Delete(key=keys.email(former)), table.Put(item=email, condition=Attr("pk").not_exists())]


def new_membership(membership: Membership) -> table.Put:
    key = keys.membership(membership.tenant_id, membership.user_id)
    row = {"entity": "membership", **membership.model_dump(mode="json"), **_index(membership), **key._asdict()}
    return table.Put(item=row, condition=Attr("pk").not_exists())


def changed_role(before: Membership, role: Role) -> table.Update:
    after = before.model_copy(update={"role": role})
    changed = {"role": role.value, **_index(after)}
    return table.Update(key=_key(before), set=changed, condition=Attr("role").eq(before.role.value))


def ended(membership: Membership) -> table.Delete:
    """They are of the school no more; the user stays, and what they taught keeps showing their name."""
    return table.Delete(key=_key(membership), condition=Attr("role").eq(membership.role.value))


def still_is(tenant_id: int, user_id: int, role: Role) -> table.Check:
    """Only go on while somebody has a role that they were seen to have."""
    return table.Check(key=keys.membership(tenant_id, user_id), condition=Attr("role").eq(role.value))


def _is_subject(subject: str | None) -> ConditionBase:
    is_same: ConditionBase = Attr("immersio_subject").eq(subject)
    return is_same if subject else Attr("immersio_subject").not_exists() | is_same


def _key(membership: Membership) -> keys.Key:
    return keys.membership(membership.tenant_id, membership.user_id)


def _index(membership: Membership) -> dict[str, str]:
    """Staff are found in the index; students, who may be thousands, are not in it."""
    if not membership.is_staff:
        return {}
    return keys.team_index(membership.tenant_id, membership.user_id)._asdict()
