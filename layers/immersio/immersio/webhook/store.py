"""Receivers in the table, and what they were told or are still to be told: the messages, listed by their status.

The table is encrypted at rest: a secret that signs cannot be kept as a hash.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import merge
from itertools import islice
from operator import itemgetter

from boto3.dynamodb.conditions import Attr, ConditionBase
from boto3.dynamodb.conditions import Key as Where

from immersio.webhook.model import Receiver
from kernel import clock, keys, outbox, table
from kernel.outbox import Message, Status

Actions = list[table.Action]
commit = table.write
ConditionFailed = table.ConditionFailed
IN_ORDER = itemgetter("created_at", "pk")


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


def still_nobody(tenant_id: int) -> table.Check:
    """It fails where there is somebody to tell by now."""
    nowhere = Attr("url").not_exists() | Attr("url").attribute_type("NULL")
    return table.Check(
        key=keys.receiver(tenant_id),
        condition=Attr("pk").not_exists() | nowhere | Attr("disabled_at").attribute_type("S"),
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


def load_event(tenant_id: int, webhook_id: str) -> Message | None:
    """One of the school's events."""
    message = outbox.load(str(tenant_id), webhook_id)
    return message if message and message.is_listed else None


def page_of_events(tenant_id: int, statuses: Iterable[Status], first: int, limit: int) -> list[Message]:
    """From the `first` on, the newest first; of those that are skipped only keys are read."""
    last = first + limit
    found = [table.query(_listed(tenant_id, status), index="gsi4", limit=last, descending=True) for status in statuses]
    return _load(islice(merge(*found, key=IN_ORDER, reverse=True), first, last))


def count_events(tenant_id: int, statuses: Iterable[Status], since: datetime | None = None) -> int:
    return sum(table.count(_listed(tenant_id, status, since), index="gsi4") for status in statuses)


def events_since(tenant_id: int, statuses: Iterable[Status], at: datetime) -> Iterator[tuple[datetime, keys.Key]]:
    """When each was made, and its key: the oldest first, read as far as they are asked for."""
    found = [table.query(_listed(tenant_id, status, at), index="gsi4") for status in statuses]
    for row in merge(*found, key=IN_ORDER):
        yield datetime.fromisoformat(row["created_at"]), keys.Key(row["pk"], row["sk"])


def load_events(wanted: Iterable[keys.Key]) -> list[Message]:
    """As they are by now, in the order asked for."""
    in_order = list(wanted)
    found = table.get_all(in_order)
    return [Message.model_validate(found[key]) for key in in_order if key in found]


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


def _load(rows: Iterable[table.Item]) -> list[Message]:
    return load_events(keys.Key(row["pk"], row["sk"]) for row in rows)


def _listed(tenant_id: int, status: Status, since: datetime | None = None) -> ConditionBase:
    those = Where("gsi4pk").eq(keys.deliveries(str(tenant_id), status))
    return those & Where("created_at").gte(clock.iso(since)) if since else those
