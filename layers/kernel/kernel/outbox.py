"""The transactional outbox: what must be told about a change is committed with the change (INV-27).

    commit      a message row is one more action of the caller's own transaction
    route       the table's stream (or the sweep, for what it missed and for what is due later) puts a
                pointer to the row on an SQS queue
    deliver     a worker leases the row, acts, and writes the outcome back; see `kernel.queue` and `kernel.delivery`

The row is the truth: SQS only carries "look at this one now". So a message that is lost, doubled or late in
SQS is neither lost nor sent twice. A message keeps its id over all attempts and replays.
"""

import json
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
from kernel.telemetry import count, logger

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LONGEST_SQS_DELAY = timedelta(minutes=15)
ROUTING_GRACE = timedelta(minutes=2)
"""How long the stream has to route a new message before the sweep does."""
WATCHDOG = timedelta(minutes=15)
"""How long a routed message may stay silent before the sweep routes it again."""


class Status(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    """All attempts are used up; it waits in the dead-letter queue for an operator."""
    UNSENT = "unsent"
    """There was nobody to tell; it is kept for a while, so that it can be replayed once there is."""


class Answer(BaseModel):
    """What the other side said to one attempt."""

    model_config = ConfigDict(frozen=True)

    status_code: int | None
    """None: nothing came in time."""
    duration_ms: int
    text: str = ""
    """How its body began."""


class Attempt(BaseModel):
    at: Instant
    error: str | None
    answer: Answer | None = None


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
    is_listed: bool = False
    """Those of a tenant can be listed by their status."""

    @property
    def key(self) -> keys.Key:
        return keys.outbox(self.tenant, self.id)

    def list_index(self, status: Status) -> dict[str, str]:
        """Where it is listed once this is its status."""
        return {"gsi4pk": keys.deliveries(self.tenant, status)} if self.is_listed else {}

    @property
    def pointer(self) -> str:
        """What travels in SQS."""
        return json.dumps({"tenant": self.tenant, "id": self.id})


def message(
    *,
    tenant: str,
    queue: str,
    kind: str,
    payload: dict[str, Any],
    due_at: datetime | None = None,
    sequence: int = 0,
    is_listed: bool = False,
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
        is_listed=is_listed,
    )


def put(message: Message) -> table.Put:
    """The action that commits a message; add it to the transaction of the change it tells of."""
    return table.Put(
        item={
            **message.key._asdict(),
            **keys.outbox_index(message.id, _first_look(message))._asdict(),
            **message.list_index(message.status),
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
    """Route every message whose time to be looked at has come; returns how many. One that fails stops no other."""
    now = clock.now()
    return sum(_sweep_shard(shard, now) for shard in range(keys.OUTBOX_SHARDS))


@cache
def sqs() -> "SQSClient":
    config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})
    return boto3.client("sqs", config=config)


def _first_look(message: Message) -> datetime:
    soon = message.due_at - message.created_at <= LONGEST_SQS_DELAY
    return message.due_at + ROUTING_GRACE if soon else message.due_at


def _sweep_shard(shard: int, now: datetime) -> int:
    due = Key("gsi1pk").eq(keys.outbox_shard(shard)) & Key("gsi1sk").lte(keys.outbox_sort(now))
    routed = 0
    try:
        for row in table.query(due, index="gsi1"):
            routed += _sweep_row(row)
    except Exception:  # noqa: BLE001 - the other shards have messages too
        logger.exception("a shard of the outbox was not swept", extra={"shard": shard})
        count("OutboxShardFailed")
    return routed


def _sweep_row(row: table.Item) -> bool:
    try:
        message = Message.model_validate(row)
        route(message)
        _look_again(message, clock.now() + WATCHDOG)
    except Exception as error:  # noqa: BLE001 - one bad row may not keep back the good ones behind it
        logger.error("an outbox row was not routed", extra={"pk": row["pk"], "reason": type(error).__name__})
        count("OutboxRowFailed")
        return False
    return True


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
