"""Invitations in the table: one for each address, found by its address or by its link's token."""

from collections.abc import Iterator

from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.conditions import Key as Where

from immersio.invite.model import Invite
from kernel import clock, ids, keys, table
from kernel.fields import normalised_email

commit = table.write
ConditionFailed = table.ConditionFailed


def load_invite(tenant_id: int, email: str) -> Invite | None:
    """The latest invitation of this address, be it open or not."""
    row = table.get(keys.invite(tenant_id, normalised_email(email)))
    return Invite.model_validate(row) if row else None


def find_invite(token: str) -> Invite | None:
    row = table.get(keys.invite_token(ids.fingerprint(token)))
    invite = load_invite(int(row["tenant_id"]), row["email"]) if row else None
    return invite if invite and invite.fingerprint == ids.fingerprint(token) else None


def invites(tenant_id: int) -> Iterator[Invite]:
    """All of a school: those that are open, and those not yet cleared away."""
    mine = Where("pk").eq(keys.tenant(tenant_id).pk) & Where("sk").begins_with(keys.invites())
    return map(Invite.model_validate, table.query(mine))


def new_invite(invite: Invite, replaced: Invite | None) -> list[table.Action]:
    """An invitation in place of the address's former one, whose link is dead from then on."""
    in_its_place = Attr("fingerprint").eq(replaced.fingerprint) if replaced else Attr("pk").not_exists()
    rows: list[table.Action] = [
        table.Put(item=_row(invite), condition=in_its_place),
        table.Put(item=_token_row(invite)),
    ]
    return [*rows, table.Delete(key=keys.invite_token(replaced.fingerprint))] if replaced else rows


def used_up(invite: Invite) -> list[table.Action]:
    """It can be accepted once: the first of these fails where somebody was quicker."""
    key = keys.invite(invite.tenant_id, normalised_email(invite.email))
    return [
        table.Delete(key=key, condition=Attr("fingerprint").eq(invite.fingerprint)),
        table.Delete(key=keys.invite_token(invite.fingerprint)),
    ]


def _row(invite: Invite) -> table.Item:
    key = keys.invite(invite.tenant_id, normalised_email(invite.email))
    return {**key._asdict(), "entity": "invite", **invite.model_dump(mode="json"), "ttl": _ttl(invite)}


def _token_row(invite: Invite) -> table.Item:
    found = {"tenant_id": invite.tenant_id, "email": invite.email, "ttl": _ttl(invite)}
    return {**keys.invite_token(invite.fingerprint)._asdict(), "entity": "invite_token", **found}


def _ttl(invite: Invite) -> int:
    """Only clears away; whether an invitation is open is decided by its own time."""
    return clock.epoch(invite.expires_at)
