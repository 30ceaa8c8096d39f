"""One school's dead receiver slows nobody else's deliveries."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from immersio.webhook import store
from kernel import clock, connections, outbox, settings
from kernel.outbox import Message, Status
from kernel.queue import LEASE
from tests.support.events_out import at, due, happen, happens, later, now, receiver, work_on
from tests.support.schools import Schools
from tests.support.sink import Served, Sink
from tests.support.workers import Context, function

WAITING = 60


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What hangs is let go by the test."""
    monkeypatch.setattr(connections, "ANSWER_SECONDS", 60)


def test_a_receiver_that_hangs_holds_three_workers_and_no_event_of_another_school(schools: Schools) -> None:
    """INV-28: with many events waiting for it."""
    messages = happen(schools.academy, WAITING)
    schools.sink.hold = threading.Event()
    try:
        with ThreadPoolExecutor(3) as pool:
            hanging = _hanging(schools, pool, messages[:3])
            for message in messages[3:]:
                assert work_on(message) == {"batchItemFailures": []}
            assert len(schools.sink.received) == 3
            assert {now(message).attempts for message in messages[3:]} == {0}
            assert all(now(message).next_attempt_at > message.created_at for message in messages[3:])
            _another_school_is_told()
            assert not any(each.done() for each in hanging)
            schools.sink.hold.set()
    finally:
        schools.sink.hold.set()
    assert {now(message).status for message in messages[:3]} == {Status.DELIVERED}


def test_what_was_put_off_is_delivered_when_its_turn_comes(schools: Schools) -> None:
    messages = [happens(schools.academy) for _ in range(4)]
    schools.sink.hold = threading.Event()
    with ThreadPoolExecutor(3) as pool:
        _hanging(schools, pool, messages[:3])
        work_on(messages[3])
        schools.sink.hold.set()
    with at(due(messages[3])):
        schools.run_workers("immersio-webhooks")
    assert {now(message).status for message in messages} == {Status.DELIVERED}
    assert len(schools.sink.received) == 4


def test_a_receiver_that_fails_is_asked_by_one_worker_at_a_time(schools: Schools) -> None:
    """INV-28"""
    schools.sink.answers = [500]
    first = happens(schools.academy)
    work_on(first)
    assert receiver(schools.academy).is_failing
    schools.sink.hold = threading.Event()
    second, third = happens(schools.academy), happens(schools.academy)
    with ThreadPoolExecutor(1) as pool:
        _hanging(schools, pool, [second])
        work_on(third)
        assert now(third).attempts == 0
        schools.sink.hold.set()
    assert not receiver(schools.academy).is_failing
    with at(due(third)):
        work_on(third)
    assert now(third).status is Status.DELIVERED


def test_the_place_of_a_worker_that_died_frees_itself(schools: Schools) -> None:
    """INV-27: nobody gives it back."""
    now_, ends = clock.now(), clock.now() + LEASE
    for place in range(3):
        assert store.take_place(schools.academy.tenant_id, place, f"{clock.iso(ends)} dead", now_)
    message = happens(schools.academy)
    work_on(message)
    assert (now(message).attempts, schools.sink.received) == (0, [])
    with at(later(seconds=LEASE.total_seconds() + 1)):
        work_on(message)
    assert now(message).status is Status.DELIVERED


def test_the_sweep_makes_no_second_pointer_of_what_is_put_off(schools: Schools) -> None:
    """A thousand that wait a day would each have a hundred."""
    message, ends = happens(schools.academy), later(days=1)
    for place in range(3):
        store.take_place(schools.academy.tenant_id, place, f"{clock.iso(ends)} hangs", clock.now())
    schools.run_workers("immersio-webhooks")
    started = clock.now()
    for minutes in range(1, 42, 4):
        with at(started + timedelta(minutes=minutes)):
            schools.sweep()
            schools.run_workers("immersio-webhooks")
    assert now(message).attempts == 0
    assert _pointers() == 1


def _pointers() -> int:
    """In the queue, shown just now, or put off."""
    url = settings.queue_url("immersio-webhooks")
    told: Any = outbox.sqs().get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return sum(int(told[f"ApproximateNumberOfMessages{where}"]) for where in ("", "NotVisible", "Delayed"))


def _another_school_is_told() -> None:
    other = Sink()
    served = Served(other.application())
    request = {
        "name": "Chess Club",
        "slug": "chess-club",
        "time_zone": "Asia/Tokyo",
        "immersio_org_id": "org_chess",
        "webhook_url": f"{served.url}/immersio",
        "owner": {"name": "Kei", "email": "kei@chess-club.example", "username": "kei"},
    }
    made = function("immersio/operators/create_tenant")(request, Context())
    message: Message = happens(made["tenant_id"])
    work_on(message)
    served.stop()
    assert now(message).status is Status.DELIVERED
    assert len(other.received) == 1


def _hanging(schools: Schools, pool: ThreadPoolExecutor, messages: list[Message]) -> list[Future[Any]]:
    """Attempts that are under way: the receiver has been asked, and says nothing yet."""
    started = []
    for message in messages:
        asked = len(schools.sink.received)
        started.append(pool.submit(work_on, message))
        _until_asked(schools.sink, asked + 1)
    return started


def _until_asked(sink: Sink, times: int) -> None:
    waiting = threading.Event()
    for _ in range(12000):
        if len(sink.received) >= times:
            return
        waiting.wait(0.01)
    raise AssertionError(f"asked {len(sink.received)} times")


def test_what_has_waited_for_long_is_looked_at_seldom(schools: Schools) -> None:
    """A dead receiver with ten thousand events cost a hundred dollars a day in looks at them."""
    message, ends = happens(schools.academy), later(days=1)
    for place in range(3):
        store.take_place(schools.academy.tenant_id, place, f"{clock.iso(ends)} hangs", clock.now())
    with at(later(hours=2)):
        work_on(message)
        assert timedelta(minutes=4) < now(message).next_attempt_at - clock.now() < timedelta(minutes=15)
    assert now(message).attempts == 0


def test_who_was_thought_dead_gives_back_nobody_elses_place(schools: Schools) -> None:
    tenant_id, started = schools.academy.tenant_id, clock.now()
    first, second = (f"{clock.iso(started + LEASE * times)} {times}" for times in (1, 2))
    assert store.take_place(tenant_id, 0, first, started)
    assert not store.take_place(tenant_id, 0, second, started)
    assert store.take_place(tenant_id, 0, second, started + LEASE * 1.5)
    store.leave_place(tenant_id, 0, first)
    assert not store.take_place(tenant_id, 0, f"{second} and another", started + LEASE * 1.5)
    store.leave_place(tenant_id, 0, second)
    assert store.take_place(tenant_id, 0, f"{second} and another", started + LEASE * 1.5)
