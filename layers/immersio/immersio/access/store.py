"""Users and memberships in the table."""

from collections.abc import Iterable

from boto3.dynamodb.conditions import Attr

from immersio.access.model import Membership, User
from kernel import keys, table
from kernel.fields import normalised_email


def load_user(user_id: int) -> User | None:
    row = table.get(keys.user(user_id))
    return User.model_validate(row) if row else None


def load_users(user_ids: Iterable[int]) -> dict[int, User]:
    """Several users at once, those there are."""
    rows = table.get_all(map(keys.user, user_ids)).values()
    return {user.id: user for user in map(User.model_validate, rows)}


def load_membership(tenant_id: int, user_id: int) -> Membership | None:
    row = table.get(keys.membership(tenant_id, user_id))
    return Membership.model_validate(row) if row else None


def new_member(user: User, membership: Membership) -> list[table.Action]:
    """Somebody new at a school; the row of the e-mail lets an address be one user's only."""
    email = {"entity": "email", "user_id": user.id, **keys.email(normalised_email(user.email))._asdict()}
    row = {"entity": "user", **user.model_dump(mode="json"), **keys.user(user.id)._asdict()}
    member_key = keys.membership(membership.tenant_id, membership.user_id)
    member = {"entity": "membership", **membership.model_dump(mode="json"), **member_key._asdict()}
    return [table.Put(item=item, condition=Attr("pk").not_exists()) for item in (email, row, member)]
