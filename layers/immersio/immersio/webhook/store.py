"""Receivers in the table, which is encrypted at rest: a secret that signs cannot be kept as a hash."""

from datetime import datetime

from boto3.dynamodb.conditions import Attr, ConditionBase

from immersio.webhook.model import Receiver
from kernel import clock, keys, table

Actions = list[table.Action]
commit = table.write
ConditionFailed = table.ConditionFailed


def load_receiver(tenant_id: int) -> Receiver | None:
    row = table.get(keys.receiver(tenant_id))
    return Receiver.model_validate(row) if row else None


def new_receiver(receiver: Receiver) -> table.Put:
    key = keys.receiver(receiver.tenant_id)
    row = {**key._asdict(), "entity": "receiver", **receiver.model_dump(mode="json")}
    return table.Put(item=row, condition=Attr("pk").not_exists())


def receiving_again(tenant_id: int, url: str | None) -> table.Update:
    """From now on it is told, at another address if one is given."""
    return table.Update(
        key=keys.receiver(tenant_id),
        set={"url": url} if url is not None else {},
        remove=("disabled_at", "failing_since"),
        condition=Attr("pk").exists(),
    )


def changed_secrets(before: Receiver, after: Receiver) -> table.Update:
    """It fails where they were changed meanwhile."""
    return table.Update(
        key=keys.receiver(before.tenant_id),
        set={"secrets": _secrets(after)},
        condition=Attr("secrets").eq(_secrets(before)),
    )


def disabled(receiver: Receiver, at: datetime) -> table.Update:
    """Told no more; it fails where that is so already, or where the school has set another address since."""
    still_told = Attr("disabled_at").not_exists() | Attr("disabled_at").attribute_type("NULL")
    return table.Update(
        key=keys.receiver(receiver.tenant_id),
        set={"disabled_at": clock.iso(at)},
        condition=_is_at(receiver) & still_told,
    )


def note_failing(receiver: Receiver, at: datetime) -> None:
    """Since when it fails, unless that is known."""
    unknown = Attr("failing_since").not_exists() | Attr("failing_since").attribute_type("NULL")
    _note(
        table.Update(
            key=keys.receiver(receiver.tenant_id),
            set={"failing_since": clock.iso(at)},
            condition=_is_at(receiver) & unknown,
        )
    )


def note_working(receiver: Receiver) -> None:
    _note(table.Update(key=keys.receiver(receiver.tenant_id), remove=("failing_since",), condition=_is_at(receiver)))


def take_place(tenant_id: int, place: int, mark: str, now: datetime) -> bool:
    """One of the places of those who are telling it; its mark begins with the time when it is free again anyway."""
    name = _place(place)
    free = Attr(name).not_exists() | Attr(name).lt(clock.iso(now))
    try:
        table.change(table.Update(key=keys.receiver(tenant_id), set={name: mark}, condition=Attr("pk").exists() & free))
    except table.ConditionFailed as failed:
        found = failed.found.get(0) or {}
        return bool(found.get(name) == mark)  # an answer was lost, and it was ours already
    return True


def leave_place(tenant_id: int, place: int, mark: str) -> None:
    name = _place(place)
    _note(table.Update(key=keys.receiver(tenant_id), remove=(name,), condition=Attr(name).eq(mark)))


def _place(place: int) -> str:
    return f"told_by_{place}"


def _is_at(receiver: Receiver) -> ConditionBase:
    return Attr("url").eq(receiver.url)


def _secrets(receiver: Receiver) -> list[dict[str, str | None]]:
    return [secret.model_dump(mode="json") for secret in receiver.secrets]


def _note(update: table.Update) -> None:
    try:
        table.change(update)
    except table.ConditionFailed:
        return  # somebody was quicker, or it is another receiver by now
