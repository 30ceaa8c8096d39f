"""Queue immersio-statistics"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from immersio.stats import counting
from immersio.stats.model import Change
from kernel import delivery, outbox, table
from tests.support.schools import Schools
from tests.support.stats import DAY, NOW, Seat, stats
from tests.support.world import Context, function


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def committed(change: Change) -> outbox.Message:
    """The message, as the transaction of the change leaves it."""
    message = counting.to_count(change)
    table.write(outbox.put(message))
    return message


def work(*messages: outbox.Message) -> dict[str, Any]:
    """The worker is given these by SQS."""
    records = [
        {"messageId": one.id, "receiptHandle": "r", "eventSource": "aws:sqs", "body": one.pointer} for one in messages
    ]
    answer: dict[str, Any] = function("immersio/workers/count_statistics")({"Records": records}, Context())
    return answer


def test_a_committed_change_is_counted(schools: Schools) -> None:
    message = committed(Seat(schools.academy).booked())
    assert stats(schools)["totalBookings"] == 0
    assert work(message) == {"batchItemFailures": []}
    assert stats(schools)["totalBookings"] == 1
    kept = outbox.load(message.tenant, message.id)
    assert kept
    assert kept.status is outbox.Status.DELIVERED


def test_every_kind_of_change_travels(schools: Schools) -> None:
    seat, other = (Seat(schools.academy, uid, currency="EUR", ends_at=NOW - 2 * DAY) for uid in ("ada", "joan"))
    changes = (seat.booked(), seat.paid(900), other.booked(), other.paid(900), seat.moved(NOW - DAY))
    assert work(*map(committed, (*changes, other.cancelled(), other.refunded(400)))) == {"batchItemFailures": []}
    told = stats(schools)
    assert (told["totalBookings"], told["cancelledBookings"], told["completedBookings"]) == (2, 1, 1)
    assert told["totalRevenue"] == 1400


def test_a_worker_that_died_before_it_could_say_so_has_counted_once(schools: Schools) -> None:
    """The message comes again, or its operator sends it again, and nothing is counted twice."""
    message = committed(Seat(schools.academy, currency="EUR").booked())
    assert delivery.lease(message, NOW + timedelta(seconds=90))
    counting.deliver(message)
    with time_machine.travel(NOW + timedelta(minutes=6), tick=False):
        work(message)
        work(message)
    assert (stats(schools)["totalBookings"], stats(schools)["studentCount"]) == (1, 1)


def test_two_messages_of_one_change_count_once(schools: Schools) -> None:
    seat = Seat(schools.academy)
    work(committed(seat.booked()), committed(seat.booked()))
    assert stats(schools)["totalBookings"] == 1


def test_a_student_is_counted_once_however_often_they_book(schools: Schools) -> None:
    addresses = ("ada@example.com", "Ada@Example.com ", "grace@example.com", "ada@example.com")
    seats = [Seat(schools.academy, f"uid-{n}", student=address) for n, address in enumerate(addresses)]
    work(*(committed(seat.booked()) for seat in seats))
    told = stats(schools)
    assert (told["totalBookings"], told["studentCount"]) == (4, 2)


def test_a_change_is_counted_whole_or_not_at_all(schools: Schools) -> None:
    """What is half counted would be counted twice, or never."""
    change = Seat(schools.academy, currency="EUR").booked()
    before = schools.rows()

    def die(**_: Any) -> None:
        raise ConnectionResetError

    events = table.client().meta.events
    events.register("before-call.dynamodb.TransactWriteItems", die)
    with pytest.raises(ConnectionResetError):
        counting.record(change)
    events.unregister("before-call.dynamodb.TransactWriteItems", die)
    assert schools.rows() == before
    counting.record(change)
    assert stats(schools)["totalBookings"] == 1


def test_what_travels_is_a_change_and_nothing_else(schools: Schools) -> None:
    message = committed(Seat(schools.academy).booked())
    assert (message.queue, message.kind) == ("immersio-statistics", "booked")
    assert message.tenant == str(schools.academy.tenant_id)
    assert json.loads(json.dumps(message.payload)) == message.payload
