"""What becomes of an outbox message: a worker takes it, and it is delivered, tried again, given up, or replayed."""

from datetime import datetime, timedelta
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase

from kernel import clock, keys, outbox, table
from kernel.outbox import Answer, Attempt, Message, Status

KEPT = timedelta(days=30)
"""After it was delivered, or found nobody to be told."""
ATTEMPTS_REMEMBERED = 25
NO_MORE_TO_DO = ("gsi1pk", "gsi1sk", "leased_until")


def lease(message: Message, until: datetime) -> bool:
    """Take one attempt at a message; False if another worker has it."""
    try:
        table.write(
            table.Update(
                key=message.key,
                set={"leased_until": clock.iso(until), "attempts": message.attempts + 1},
                condition=_as_read(message),
            )
        )
    except table.ConditionFailed:
        return False
    return True


def put_off(message: Message, until: datetime) -> None:
    """Look at it later, by a new pointer, since SQS counts how often it shows one; no attempt is used up."""
    try:
        table.write(table.Update(key=message.key, set=_looked_at(message, until), condition=_as_read(message)))
    except table.ConditionFailed:
        return  # somebody else has taken it up, and has decided when to look again
    outbox.route(message.model_copy(update={"next_attempt_at": until}))


def mark_delivered(message: Message, answer: Answer | None = None) -> None:
    table.write(
        table.Update(
            key=message.key,
            set={**_ended(message, Status.DELIVERED), "history": _history(message, None, answer), **_kept()},
            remove=NO_MORE_TO_DO,
        )
    )


def mark_unsent(message: Message, *unless: table.Check) -> bool:
    """There is nobody to tell; whoever waits for it may replay it once there is. False if that has just changed."""
    try:
        table.write(
            table.Update(
                key=message.key,
                set={**_ended(message, Status.UNSENT), **_kept()},
                remove=NO_MORE_TO_DO,
                condition=Attr("status").eq(Status.PENDING),
            ),
            *unless,
        )
    except table.ConditionFailed:
        return False
    return True


def mark_failed_attempt(message: Message, error: str, next_attempt_at: datetime, answer: Answer | None = None) -> None:
    history = _history(message, error, answer)
    table.write(
        table.Update(
            key=message.key,
            set={"history": history, **_looked_at(message, next_attempt_at)},
            remove=("leased_until",),
        )
    )


def mark_exhausted(message: Message, error: str, dead_letter_queue_url: str, answer: Answer | None = None) -> None:
    """Hand the message to the operators: first the dead-letter queue, then the row, so that a crash cannot lose it."""
    outbox.sqs().send_message(QueueUrl=dead_letter_queue_url, MessageBody=message.pointer)
    table.write(
        table.Update(
            key=message.key,
            set={**_ended(message, Status.FAILED), "history": _history(message, error, answer)},
            remove=NO_MORE_TO_DO,
        )
    )


def replay(message: Message) -> bool:
    """Start over at once with the same id, a full schedule of attempts, and the history kept.

    False if it is not as it was read: somebody else works on it, or has just replayed it.
    """
    now = clock.now()
    look_at = keys.outbox_index(message.id, now + outbox.ROUTING_GRACE)
    start = {"status": Status.PENDING, "attempts": 0, "next_attempt_at": clock.iso(now)}
    try:
        table.write(
            table.Update(
                key=message.key,
                set={**start, **look_at._asdict(), **message.list_index(Status.PENDING)},
                remove=("leased_until", "ttl"),
                condition=_as_read(message) & _is_not_leased(now),
            )
        )
    except table.ConditionFailed:
        return False
    outbox.route(message.model_copy(update={"next_attempt_at": now}))
    return True


def _as_read(message: Message) -> ConditionBase:
    """Nobody has taken it up since."""
    return Attr("status").eq(message.status) & Attr("attempts").eq(message.attempts)


def _is_not_leased(now: datetime) -> ConditionBase:
    """Once ended, or before it was ever taken, a row has no lease or an empty one."""
    lease = Attr("leased_until")
    return lease.not_exists() | lease.attribute_type("NULL") | lease.lte(clock.iso(now))


def _ended(message: Message, status: Status) -> dict[str, Any]:
    return {"status": status, **message.list_index(status)}


def _kept() -> dict[str, Any]:
    return {"ttl": clock.epoch(clock.now() + KEPT)}


def _looked_at(message: Message, at: datetime) -> dict[str, Any]:
    """When it is tried next, and when the sweep looks whether it was."""
    look_at = keys.outbox_index(message.id, at + outbox.WATCHDOG)
    return {"next_attempt_at": clock.iso(at), **look_at._asdict()}


def _history(message: Message, error: str | None, answer: Answer | None) -> list[dict[str, Any]]:
    attempts = (*message.history, Attempt(at=clock.now(), error=error, answer=answer))[-ATTEMPTS_REMEMBERED:]
    return [attempt.model_dump(mode="json") for attempt in attempts]
