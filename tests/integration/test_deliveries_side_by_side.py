"""Many schools' events are delivered by few workers: real threads that read the queue, on MiniStack."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from immersio.webhook import worker
from kernel import connections, ids, outbox, settings
from kernel.outbox import Message, Status
from tests.support.events_out import QUEUE, WORKER, happen, now
from tests.support.local_stack import eventually
from tests.support.schools import CREATE
from tests.support.sink import Served, Sink
from tests.support.workers import Context, function
from tests.support.world import World

WORKERS, WAITING, OF_ANOTHER = 8, 40, 12


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What hangs is let go by the test."""
    monkeypatch.setattr(connections, "ANSWER_SECONDS", 600)


@pytest.fixture
def hanging() -> Iterator[Sink]:
    """A receiver that takes whatever comes, and says nothing."""
    sink = Sink(hold=threading.Event())
    yield sink
    assert sink.hold
    sink.hold.set()


def test_a_receiver_that_hangs_slows_no_other_schools_events(world: World, hanging: Sink) -> None:
    """INV-28: forty of its events are waiting in front of theirs."""
    other = Sink()
    with _schools(hanging, other) as (first, second):
        waiting, theirs = _queued(first, WAITING), _queued(second, OF_ANOTHER)
        with _working(hanging):
            assert eventually(lambda: {now(each).status for each in theirs} == {Status.DELIVERED})
            assert eventually(lambda: len(hanging.received) == worker.AT_ONCE)
            assert {now(each).status for each in waiting} == {Status.PENDING}
    assert len(other.received) == OF_ANOTHER


def test_without_turns_it_would(world: World, hanging: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-28: the control. If every worker may be held by one school, nobody is left for another."""
    monkeypatch.setattr(worker, "AT_ONCE", WORKERS)
    other = Sink()
    with _schools(hanging, other) as (first, second):
        _queued(first, WAITING)
        with _working(hanging):
            assert eventually(lambda: len(hanging.received) == WORKERS)
            theirs = _queued(second, OF_ANOTHER)
            assert {now(each).attempts for each in theirs} == {0}
            assert other.received == []


@contextmanager
def _schools(*sinks: Sink) -> Iterator[list[int]]:
    """New ones that are told there."""
    served = [Served(sink.application()) for sink in sinks]
    yield [_school(receiver.url) for receiver in served]
    for receiver in served:
        receiver.stop()


def _school(receiver: str) -> int:
    slug = ids.new("side").replace("_", "-")
    owner = {"name": "Kei", "email": f"kei@{slug}.example", "username": "kei"}
    request = {"name": "School", "slug": slug, "time_zone": "UTC", "owner": owner, "immersio_org_id": f"org_{slug}"}
    created = function(CREATE)({**request, "webhook_url": f"{receiver}/immersio"}, Context())
    return int(created["tenant_id"])


def _queued(tenant_id: int, number: int) -> list[Message]:
    """Events that the stream has put on the queue."""
    messages = happen(tenant_id, number)
    for message in messages:
        outbox.route(message)
    return messages


@contextmanager
def _working(hanging: Sink) -> Iterator[None]:
    """So many workers, until this is left: then who hangs is let go, and what they had begun is done."""
    stopping, url = threading.Event(), settings.queue_url(QUEUE)

    def work() -> None:
        while not stopping.is_set():
            found = outbox.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=1, WaitTimeSeconds=1)
            for sent in found.get("Messages", []):
                record = {"messageId": "1", "receiptHandle": sent["ReceiptHandle"], "body": sent["Body"]}
                answer = function(WORKER)({"Records": [{**record, "eventSource": "aws:sqs"}]}, Context())
                if not answer["batchItemFailures"]:
                    outbox.sqs().delete_message(QueueUrl=url, ReceiptHandle=sent["ReceiptHandle"])

    with ThreadPoolExecutor(WORKERS) as pool:
        ends = [pool.submit(work) for _ in range(WORKERS)]
        try:
            yield
        finally:
            stopping.set()
            assert hanging.hold
            hanging.hold.set()
    for end in ends:
        end.result()
