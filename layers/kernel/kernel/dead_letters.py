"""Bringing back messages whose attempts were used up, once an operator has mended the cause."""

import json

from pydantic import BaseModel, ConfigDict, Field

from kernel import outbox, settings
from kernel.errors import InvalidInput
from kernel.fields import Identifier

LONGEST_RUN = 500


class ReplayMessages(BaseModel):
    """Which queue's dead letters to send again, and how many at the most."""

    model_config = ConfigDict(extra="forbid")

    queue: Identifier
    at_most: int = Field(default=100, ge=1, le=LONGEST_RUN)


class Replayed(BaseModel):
    replayed: int
    gone: int
    """Pointers to messages that are no longer failed, or no longer there."""


def replay(request: ReplayMessages) -> Replayed:
    """Send dead letters again with their old ids; one is taken off the dead-letter queue only after that."""
    if request.queue not in settings.queues():
        raise InvalidInput.field("queue", f"there is no queue {request.queue}; one of {', '.join(settings.queues())}")
    url = settings.dead_letter_queue_url(request.queue)
    counted = Replayed(replayed=0, gone=0)
    while counted.replayed + counted.gone < request.at_most:
        batch = outbox.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        if not batch:
            break
        for letter in batch:
            if _replay_one(letter["Body"]):
                counted.replayed += 1
            else:
                counted.gone += 1
            outbox.sqs().delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
    return counted


def _replay_one(pointer: str) -> bool:
    named = json.loads(pointer)
    message = outbox.load(named["tenant"], named["id"])
    if message is None or message.status is outbox.Status.DELIVERED:
        return False
    outbox.replay(message)
    return True
