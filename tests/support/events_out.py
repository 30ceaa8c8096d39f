"""Events that happen at schools, as tests commit them, and what the worker of their queue makes of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import time_machine

from immersio.access.model import Role
from immersio.webhook import events, store
from immersio.webhook.bodies import WorkshopCreated
from immersio.webhook.model import Receiver
from kernel import clock, outbox, settings, table
from kernel.outbox import Message
from tests.support.schools import School, Schools, result
from tests.support.workers import Context, function
from tests.support.world import Reply

QUEUE, WORKER = "immersio-webhooks", "immersio/workers/deliver_webhook"
_numbers = count(1)


def happens(school: School | int) -> Message:
    (message,) = happen(school, 1)
    return message


def happen(school: School | int, times: int) -> list[Message]:
    """So many at once, at the most a hundred."""
    tenant_id = school if isinstance(school, int) else school.tenant_id
    messages = [events.event(sample_event(), tenant_id, sequence=1) for _ in range(times)]
    table.write(*map(outbox.put, messages))
    return messages


def sample_event(**workshop: Any) -> WorkshopCreated:
    """One that is like no other."""
    told = {
        "id": next(_numbers),
        "event_type_id": 156,
        "title": "Business English Workshop",
        "slug": "business-english-workshop",
        "duration": 60,
        "price": 1500,
        "currency": "USD",
        "seats": 8,
        "immersio_course_id": None,
        "teacher": {"id": 5, "name": "Jane Smith", "email": "jane@example.com"},
        **workshop,
    }
    return WorkshopCreated.model_validate({"workshop": told, "tenant": {"id": 1, "slug": "language-academy"}})


def now(message: Message) -> Message:
    found = outbox.load(message.tenant, message.id)
    assert found
    return found


def work_on(message: Message) -> dict[str, Any]:
    """One look of a worker at one message."""
    url = settings.queue_url(QUEUE)
    outbox.sqs().send_message(QueueUrl=url, MessageBody=message.pointer)
    sent = _received(url)
    record = {
        "messageId": sent["MessageId"],
        "receiptHandle": sent["ReceiptHandle"],
        "body": message.pointer,
        "eventSource": "aws:sqs",
    }
    answer: dict[str, Any] = function(WORKER)({"Records": [record]}, Context())
    if not answer["batchItemFailures"]:
        outbox.sqs().delete_message(QueueUrl=url, ReceiptHandle=sent["ReceiptHandle"])
    return answer


def _received(url: str) -> Any:
    """Moto skips one message for each that it finds to be too old."""
    while True:
        if found := outbox.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages"):
            return found[0]


def receiver(school: School) -> Receiver:
    found = store.load_receiver(school.tenant_id)
    assert found
    return found


@contextmanager
def at(when: datetime) -> Iterator[None]:
    with time_machine.travel(when, tick=True):
        yield


def due(message: Message) -> datetime:
    return now(message).next_attempt_at + timedelta(seconds=1)


def call(schools: Schools, name: str, sent: Any = None, *, role: Role = Role.OWNER) -> Reply:
    return schools.call(f"immersio.webhook.{name}", schools.academy.cookie(role), sent=sent or {})


def listed(schools: Schools, **sent: Any) -> dict[str, Any]:
    page: dict[str, Any] = result(call(schools, "listDeliveries", sent))
    return page


def later(**passed: float) -> datetime:
    return clock.now() + timedelta(**passed)
