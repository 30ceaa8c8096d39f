"""What becomes of an outbox message: a worker takes it, and it is delivered, tried again, given up, or replayed."""

from datetime import datetime, timedelta
from typing import Any

from boto3.dynamodb.conditions import Attr

from kernel import clock, keys, outbox, table
from kernel.outbox import Attempt, Message, Status

KEPT_AFTER_DELIVERY = timedelta(days=30)
ATTEMPTS_REMEMBERED = 25


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
    ttl = clock.epoch(clock.now() + KEPT_AFTER_DELIVERY)
    table.write(
        table.Update(
            key=message.key,
            set={"status": Status.DELIVERED, "history": _history(message, None), "ttl": ttl},
            remove=("gsi1pk", "gsi1sk", "leased_until"),
        )
    )


def mark_failed_attempt(message: Message, error: str, next_attempt_at: datetime) -> None:
    look_at = keys.outbox_index(message.id, next_attempt_at + outbox.WATCHDOG)
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


def mark_exhausted(message: Message, error: str, dead_letter_queue_url: str) -> None:
    """Hand the message to the operators: first the dead-letter queue, then the row, so that a crash cannot lose it."""
    outbox.sqs().send_message(QueueUrl=dead_letter_queue_url, MessageBody=message.pointer)
    table.write(
        table.Update(
            key=message.key,
            set={"status": Status.FAILED, "history": _history(message, error)},
            remove=("gsi1pk", "gsi1sk", "leased_until"),
        )
    )


def replay(message: Message) -> bool:
    """Start over with the same id, a full schedule of attempts, and the history kept; False if it has not failed."""
    now = clock.now()
    look_at = keys.outbox_index(message.id, now + outbox.ROUTING_GRACE)
    try:
        table.write(
            table.Update(
                key=message.key,
                set={"status": Status.PENDING, "attempts": 0, "next_attempt_at": clock.iso(now), **look_at._asdict()},
                remove=("leased_until", "ttl"),
                condition=Attr("status").eq(Status.FAILED),
            )
        )
    except table.ConditionFailed:
        return False
    outbox.route(message.model_copy(update={"next_attempt_at": now}))
    return True


def _history(message: Message, error: str | None) -> list[dict[str, Any]]:
    attempts = (*message.history, Attempt(at=clock.now(), error=error))[-ATTEMPTS_REMEMBERED:]
    return [attempt.model_dump(mode="json") for attempt in attempts]
