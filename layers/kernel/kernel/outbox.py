"""The transactional outbox: what must be told about a change is committed with the change (INV-27).

    commit      a message row is one more action of the caller's own transaction
    route       the table's stream (or the sweep, for what it missed and for what is due later) puts a
                pointer to the row on an SQS queue
    deliver     a worker leases the row, acts, and writes the outcome back; see `kernel.queue`

The row is the truth: SQS only carries "look at this one now". So a message that is lost, doubled or late in
SQS is neither lost nor sent twice. A message keeps its id over all attempts and replays.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.conditions import Attr, Key
from botocore.config import Config
from pydantic import BaseModel, ConfigDict

from kernel import clock, ids, keys, settings, table
from kernel.clock import Instant

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LONGEST_SQS_DELAY = timedelta(minutes=15)
ROUTING_GRACE = timedelta(minutes=2)
"""How long the stream has to route a new message before the sweep does."""
WATCHDOG = timedelta(minutes=15)
"""How long a routed message may stay silent before the sweep routes it again."""
KEPT_AFTER_DELIVERY = timedelta(days=30)


class Status(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """All attempts are used up; it waits in the dead-letter queue for an operator."""


class Attempt(BaseModel):
    at: Instant
    error: str | None


class Message(BaseModel):
    """One duty towards somebody outside, to be fulfilled at least once after `due_at`."""

    model_config = ConfigDict(frozen=True)

    tenant: str
    id: str
    queue: str
    kind: str
    payload: dict[str, Any]
    sequence: int
    """Rises with every change of the thing the message is about."""
    due_at: Instant
    created_at: Instant
    status: Status = Status.PENDING
    attempts: int = 0
    next_attempt_at: Instant
    leased_until: Instant | None = None
    history: tuple[Attempt, ...] = ()

    @property
    def key(self) -> keys.Key:
        return keys.outbox(self.tenant, self.id)

    @property
    def pointer(self) -> str:
        """What travels in SQS."""
        return json.dumps({"tenant": self.tenant, "id": self.id})


def message(
    *, tenant: str, queue: str, kind: str, payload: dict[str, Any], due_at: datetime | None = None, sequence: int = 0
) -> Message:
    now = clock.now()
    due = due_at or now
    return Message(
        tenant=tenant,
        id=ids.new("msg"),
        queue=queue,
        kind=kind,
        payload=payload,
        sequence=sequence,
        due_at=due,
        created_at=now,
        next_attempt_at=due,
    )


def put(message: Message) -> table.Put:
    """The action that commits a message; add it to the transaction of the change it tells of."""
    return table.Put(
        item={
            **message.key._asdict(),
            **keys.outbox_index(message.id, _first_look(message))._asdict(),
            "entity": "outbox",
            **message.model_dump(mode="json"),
        },
        condition=Attr("pk").not_exists(),
    )


def load(tenant: str, message_id: str) -> Message | None:
    row = table.get(keys.outbox(tenant, message_id))
    return Message.model_validate(row) if row else None


def route(message: Message) -> None:
    """Put a pointer on the message's queue if it is due within SQS's longest delay; later ones wait for the sweep."""
    delay = message.next_attempt_at - clock.now()
    if delay <= LONGEST_SQS_DELAY:
        sqs().send_message(
            QueueUrl=settings.queue_url(message.queue),
            MessageBody=message.pointer,
            DelaySeconds=max(0, int(delay.total_seconds())),
        )


def sweep() -> int:
    """Route every message whose time to be looked at has come; returns how many."""
    routed = 0
    for message in _to_look_at(clock.now()):
        route(message)
        _look_again(message, clock.now() + WATCHDOG)
        routed += 1
    return routed


def lease(message: Message, until: datetime) -> bool:
    """Take one attempt at a message; False if another worker has it."""
    try:
        table.write(
            table.Update(
                key=message.key,
                set={"leased_until": clock.iso(until), "attempts": message.attempts + 1},
                condition=Attr("status").eq(Status.PENDING) & Attr("attempts").eq(message.attempts),
            )
        )
    except table.ConditionFailed:
        return False
    return True


def mark_delivered(message: Message) -> None:
    now = clock.now()
    table.write(
        table.Update(
            key=message.key,
            set={
                "status": Status.DELIVERED,
                "history": _history(message, None),
                "ttl": clock.epoch(now + KEPT_AFTER_DELIVERY),
            },
            remove=("gsi1pk", "gsi1sk", "leased_until"),
        )
    )


def mark_failed_attempt(message: Message, error: str, next_attempt_at: datetime) -> None:
    look_at = keys.outbox_index(message.id, next_attempt_at + WATCHDOG)
    table.write(
        table.Update(
            key=message.key,
            set={
                "history": _history(message, error),
                "next_attempt_at": clock.iso(next_attempt_at),
                **look_at._asdict(),
            },
            remove=("leased_until",),
        )
    )


def postpone(message: Message, until: datetime) -> None:
    """Give the lease back as if this attempt had not been made."""
    look_at = keys.outbox_index(message.id, until + WATCHDOG)
    table.write(
        table.Update(
            key=message.key,
            set={"attempts": message.attempts, "next_attempt_at": clock.iso(until), **look_at._asdict()},
            remove=("leased_until",),
        )
    )


def mark_exhausted(message: Message, error: str, dead_letter_queue_url: str) -> None:
    """Hand the message to the operators: first the dead-letter queue, then the row, so that a crash cannot lose it."""
    sqs().send_message(QueueUrl=dead_letter_queue_url, MessageBody=message.pointer)
    table.write(
        table.Update(
            key=message.key,
            set={"status": Status.FAILED, "history": _history(message, error)},
            remove=("gsi1pk", "gsi1sk", "leased_until"),
        )
    )


def replay(message: Message) -> None:
    """Start over with the same id, a full schedule of attempts, and the history kept."""
    now = clock.now()
    look_at = keys.outbox_index(message.id, now + ROUTING_GRACE)
    table.write(
        table.Update(
            key=message.key,
            set={"status": Status.PENDING, "attempts": 0, "next_attempt_at": clock.iso(now), **look_at._asdict()},
            remove=("leased_until", "ttl"),
            condition=Attr("status").eq(message.status),
        )
    )
    route(message.model_copy(update={"next_attempt_at": now}))


@cache
def sqs() -> "SQSClient":
    config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
    return boto3.client("sqs", config=config)


def _first_look(message: Message) -> datetime:
    soon = message.due_at - message.created_at <= LONGEST_SQS_DELAY
    return message.due_at + ROUTING_GRACE if soon else message.due_at


def _to_look_at(now: datetime) -> Iterator[Message]:
    for shard in range(keys.OUTBOX_SHARDS):
        due = Key("gsi1pk").eq(keys.outbox_shard(shard)) & Key("gsi1sk").lte(keys.outbox_sort(now))
        yield from (Message.model_validate(row) for row in table.query(due, index="gsi1"))


def _look_again(message: Message, at: datetime) -> None:
    try:
        table.write(
            table.Update(
                key=message.key,
                set=keys.outbox_index(message.id, at)._asdict(),
                condition=Attr("status").eq(Status.PENDING) & Attr("attempts").eq(message.attempts),
            )
        )
    except table.ConditionFailed:
        return  # a worker was quicker, and has decided itself when to look again


def _history(message: Message, error: str | None) -> list[dict[str, Any]]:
    attempts = (*message.history, Attempt(at=clock.now(), error=error))[-25:]
    return [attempt.model_dump(mode="json") for attempt in attempts]
