"""Bringing back messages whose attempts were used up, once an operator has mended the cause."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kernel import delivery, outbox, settings
from kernel.errors import InvalidInput
from kernel.fields import Identifier
from kernel.telemetry import logger

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

Outcome = Literal["replayed", "gone", "unreadable"]

LONGEST_RUN = 500
UNSEEN_SECONDS = 300
"""As long as this function may run: a letter it leaves in the queue is not met twice in one run."""
PATIENCE_SECONDS = 2
"""Without waiting, SQS asks some of its servers only and may call a queue empty that is not."""


class ReplayMessages(BaseModel):
    """Which queue's dead letters to send again, and how many at the most."""

    model_config = ConfigDict(extra="forbid")

    queue: Identifier
    at_most: int = Field(default=100, ge=1, le=LONGEST_RUN)


class Replayed(BaseModel):
    replayed: int = 0
    gone: int = 0
    """Pointers to messages that are not failed any more, or no longer there."""
    unreadable: int = 0
    """Letters that are none of ours; they stay in the dead-letter queue, for somebody to look at."""


class _Pointer(BaseModel):
    tenant: str
    id: str


def replay(request: ReplayMessages) -> Replayed:
    """Send dead letters again with their old ids; one is taken off the dead-letter queue only after that."""
    if request.queue not in settings.queues():
        raise InvalidInput.field("queue", f"there is no queue {request.queue}; one of {', '.join(settings.queues())}")
    url = settings.dead_letter_queue_url(request.queue)
    outcomes: Counter[Outcome] = Counter()
    for letter in _letters(url, request.at_most):
        outcome = _replay_one(letter["Body"])
        outcomes[outcome] += 1
        if outcome == "unreadable":
            logger.error("a dead letter is unreadable", extra={"queue": request.queue, "sqs_id": letter["MessageId"]})
        else:
            outbox.sqs().delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
    return Replayed.model_validate(outcomes)


def _letters(url: str, at_most: int) -> Iterator["MessageTypeDef"]:
    left = at_most
    while left > 0:
        batch = outbox.sqs().receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(10, left),
            VisibilityTimeout=UNSEEN_SECONDS,
            WaitTimeSeconds=PATIENCE_SECONDS,
        )
        letters = batch.get("Messages", [])
        if not letters:
            return
        yield from letters
        left -= len(letters)


def _replay_one(letter: str) -> Outcome:
    try:
        pointer = _Pointer.model_validate_json(letter)
        message = outbox.load(pointer.tenant, pointer.id)
    except ValidationError:
        return "unreadable"
    is_dead = message is not None and message.status is outbox.Status.FAILED
    return "replayed" if message and is_dead and delivery.replay(message) else "gone"
