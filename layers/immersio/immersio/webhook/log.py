"""What a school's Immersio was told, or is still to be told: the messages themselves, listed by their status."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import merge
from itertools import islice
from operator import itemgetter

from boto3.dynamodb.conditions import ConditionBase
from boto3.dynamodb.conditions import Key as Where

from kernel import clock, keys, outbox, table
from kernel.outbox import Message, Status

IN_ORDER = itemgetter("created_at", "pk")


def load(tenant_id: int, webhook_id: str) -> Message | None:
    """One of the school's events."""
    message = outbox.load(str(tenant_id), webhook_id)
    return message if message and message.is_listed else None


def page(tenant_id: int, statuses: Iterable[Status], first: int, limit: int) -> list[Message]:
    """From the `first` on, the newest first; of those that are skipped only keys are read."""
    last = first + limit
    found = [table.query(_listed(tenant_id, status), index="gsi4", limit=last, descending=True) for status in statuses]
    return _load(islice(merge(*found, key=IN_ORDER, reverse=True), first, last))


def count(tenant_id: int, statuses: Iterable[Status], since: datetime | None = None) -> int:
    return sum(table.count(_listed(tenant_id, status, since), index="gsi4") for status in statuses)


def since(tenant_id: int, statuses: Iterable[Status], at: datetime) -> Iterator[tuple[datetime, keys.Key]]:
    """When each was made, and its key: the oldest first, read as far as they are asked for."""
    found = [table.query(_listed(tenant_id, status, at), index="gsi4") for status in statuses]
    for row in merge(*found, key=IN_ORDER):
        yield datetime.fromisoformat(row["created_at"]), keys.Key(row["pk"], row["sk"])


def load_all(wanted: Iterable[keys.Key]) -> list[Message]:
    """As they are by now, in the order asked for."""
    in_order = list(wanted)
    found = table.get_all(in_order)
    return [Message.model_validate(found[key]) for key in in_order if key in found]


def _load(rows: Iterable[table.Item]) -> list[Message]:
    return load_all(keys.Key(row["pk"], row["sk"]) for row in rows)


def _listed(tenant_id: int, status: Status, since: datetime | None = None) -> ConditionBase:
    those = Where("gsi4pk").eq(keys.deliveries(str(tenant_id), status))
    return those & Where("created_at").gte(clock.iso(since)) if since else those
