"""Workers that deliver outbox messages from SQS, with retries over days and a dead-letter queue at the end.

A failed attempt is retried by the message's visibility; the row counts the attempts, because SQS also counts
a delivery for every look at a message that is not due yet (visibility ends at twelve hours).
"""

import json
import random
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from kernel import clock, delivery, outbox, settings, table
from kernel.errors import AppError
from kernel.telemetry import count, logger

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
Deliver = Callable[[outbox.Message], outbox.Answer | None]
"""It fulfils one message or raises, and may tell what was answered."""
Turn = Callable[[outbox.Message], AbstractContextManager[None]]
"""It is entered before an attempt is taken, and left after it; entering may raise `NotNow` or `NobodyToTell`."""

OVER_THREE_DAYS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
"""Waits between ten attempts: at once, then 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 hours."""

LEASE = timedelta(seconds=90)
"""Longer than any worker may run, so that a lease outlives its holder."""
LONGEST_VISIBILITY = timedelta(hours=11, minutes=55)
JITTER = 0.2


class Undeliverable(Exception):
    """No further attempt can help; the message goes to the dead-letter queue at once."""


class NobodyToTell(Exception):
    """There is no receiver; the message is kept for a while, and is no dead letter.

    `unless` fails where there is one by now: the message is then looked at again, or it would never be told.
    """

    def __init__(self, *unless: table.Check) -> None:
        super().__init__("there is nobody to tell")
        self.unless = unless


class NotNow(Exception):
    """It is not this message's turn; no attempt is used up."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"not for {wait}")
        self.wait = wait


class Answered(Exception):
    """A failure to which the other side said something, for the message's history."""

    answer: outbox.Answer


FORESEEN = (AppError, Undeliverable)
"""Failures raised with words of ours; anything else is a surprise and is logged with its traceback."""
NEVER_REPORTED = "every attempt began, and the last ones ended without a word: out of time, or of memory"


def _any_time(_: outbox.Message) -> AbstractContextManager[None]:
    return nullcontext()


def outbox_worker(
    *, waits: tuple[timedelta, ...] = OVER_THREE_DAYS, turn: Turn = _any_time
) -> Callable[[Deliver], Handler]:
    """Make a Lambda handler of a function that fulfils one message or raises."""

    def decorate(deliver: Deliver) -> Handler:
        @wraps(deliver)
        def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
            def record_handler(record: SQSRecord) -> None:
                _process(record, deliver, waits, turn)

            processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
            return dict(process_partial_response(event, record_handler, processor, context))

        return handler

    return decorate


def _process(record: SQSRecord, deliver: Deliver, waits: tuple[timedelta, ...], turn: Turn) -> None:
    pointer = json.loads(record.body)
    message = outbox.load(pointer["tenant"], pointer["id"])
    if message is None or message.status is not outbox.Status.PENDING:
        return
    not_before = max(message.next_attempt_at, message.leased_until or message.next_attempt_at)
    if not_before > clock.now():
        raise _postponed(record, message, not_before)
    if message.attempts > len(waits):
        _exhaust(message, NEVER_REPORTED)
        return
    try:
        if not _in_turn(record, message, deliver, waits, turn):
            raise _postponed(record, message, not_before)
    except NotNow as later:
        delivery.put_off(message, clock.now() + later.wait)
    except NobodyToTell as nobody:
        if not delivery.mark_unsent(message, *nobody.unless):
            raise _postponed(record, message, not_before) from None


def _in_turn(
    record: SQSRecord, message: outbox.Message, deliver: Deliver, waits: tuple[timedelta, ...], turn: Turn
) -> bool:
    """One attempt; False if somebody else has taken it."""
    with ExitStack() as held:
        surprise = _enter(held, turn(message))
        if not delivery.lease(message, clock.now() + LEASE):
            return False
        if surprise:
            _after_failure(record, message, surprise, waits)
        else:
            _attempt(record, message, deliver, waits)
    return True


def _enter(held: ExitStack, turn: AbstractContextManager[None]) -> Exception | None:
    """What went wrong with the turn itself: an attempt that failed, or it would be tried for ever."""
    try:
        held.enter_context(turn)
    except (NotNow, NobodyToTell):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it was
        return error
    return None


def _attempt(record: SQSRecord, message: outbox.Message, deliver: Deliver, waits: tuple[timedelta, ...]) -> None:
    try:
        answer = deliver(message)
    except NobodyToTell:
        raise
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the message must be tried again
        _after_failure(record, message, error, waits)
    else:
        delivery.mark_delivered(message, answer)


def _after_failure(record: SQSRecord, message: outbox.Message, error: Exception, waits: tuple[timedelta, ...]) -> None:
    reason = _reason(error)
    _log_failure(message, error, reason)
    answer = error.answer if isinstance(error, Answered) else None
    if isinstance(error, Undeliverable) or message.attempts >= len(waits):
        _exhaust(message, reason, answer)
        return
    next_attempt_at = clock.now() + _wait(error, waits[message.attempts])
    delivery.mark_failed_attempt(message, reason, next_attempt_at, answer)
    raise _postponed(record, message, next_attempt_at) from error


def _exhaust(message: outbox.Message, reason: str, answer: outbox.Answer | None = None) -> None:
    count("OutboxExhausted", queue=message.queue)
    delivery.mark_exhausted(message, reason, settings.dead_letter_queue_url(message.queue), answer)


def _reason(error: Exception) -> str:
    """What the row remembers: our own words; a stranger's exception may quote a secret, so only its name (INV-26)."""
    name = type(error).__name__
    return f"{name}: {error}"[:500] if isinstance(error, FORESEEN) else name


def _log_failure(message: outbox.Message, error: Exception, reason: str) -> None:
    logger.warning(
        "delivery failed",
        exc_info=not isinstance(error, FORESEEN),
        extra={
            "tenant": message.tenant,
            "outbox_id": message.id,
            "kind": message.kind,
            "attempt": message.attempts + 1,
            "reason": reason,
        },
    )


def _wait(error: Exception, scheduled: timedelta) -> timedelta:
    """The scheduled wait with jitter, or longer where the other side asked for longer."""
    jittered = scheduled * random.uniform(1, 1 + JITTER)  # noqa: S311 - spreads load, guards nothing
    asked = timedelta(seconds=(error.retry_after_seconds or 0) if isinstance(error, AppError) else 0)
    return max(jittered, asked)


class _Postponed(Exception):
    """Tells the batch that this record stays in the queue."""


def _postponed(record: SQSRecord, message: outbox.Message, until: datetime) -> _Postponed:
    wait = min(max(until - clock.now(), timedelta(seconds=1)), LONGEST_VISIBILITY)
    outbox.sqs().change_message_visibility(
        QueueUrl=settings.queue_url(message.queue),
        ReceiptHandle=record.receipt_handle,
        VisibilityTimeout=int(wait.total_seconds()),
    )
    return _Postponed(f"{message.id} stays in {message.queue} for {wait}")
