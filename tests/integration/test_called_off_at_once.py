"""A class is called off while many book it: real threads on MiniStack, where writes meet as in DynamoDB."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine

from immersio.booking.model import BookingStatus
from kernel import clock, ids, outbox, settings
from tests.support import schools as school_worlds
from tests.support.bookings import book, bookings, free_of_charge, occupancy
from tests.support.contention import contention
from tests.support.schools import Schools, result
from tests.support.staff import call_off
from tests.support.workers import Context, function
from tests.support.world import Reply, World

QUEUE = "immersio-seats"
BOOKERS, LATE, THREADS, EARLY = 80, 20, 20, 15
LATER = timedelta(minutes=20)
"""As long as it takes the worker to come for the third time, when no claim can be waiting for its booking any more."""


@pytest.fixture
def schools(world: World) -> Schools:
    """Two schools of the test's own."""
    return school_worlds.founded(mark=ids.new("test")[-12:].lower())


def test_a_class_that_many_book_while_it_is_called_off_ends_empty_and_everybody_is_told_once(schools: Schools) -> None:
    """INV-20, INV-04: whoever was told that they have a seat is told that they have it no more."""
    made = free_of_charge(schools, seats=BOOKERS + LATE)
    some_have_a_seat, had = threading.Event(), Counter[bool]()

    def come(number: int) -> Reply:
        answer = book(schools, made["slug"], number)
        had[answer.status == 201] += 1
        if had[True] >= EARLY:
            some_have_a_seat.set()
        return answer

    with contention(), ThreadPoolExecutor(THREADS) as pool:
        coming = [pool.submit(come, number) for number in range(BOOKERS)]
        assert some_have_a_seat.wait(120)
        told = result(call_off(schools, made["id"]))
        coming += [pool.submit(come, number) for number in range(BOOKERS, BOOKERS + LATE)]
        _work(schools)
        answers = [each.result() for each in coming]
    with time_machine.travel(clock.now() + LATER):
        _work(schools)

    booked = {answer.json["booking"]["uid"] for answer in answers if answer.status == 201}
    refused = {(answer.status, answer.json["error"]) for answer in answers if answer.status != 201}
    assert refused == {(409, "This class was called off; choose another date")}
    assert EARLY <= told["bookings"] <= len(booked)
    assert {one.uid for one in bookings(schools, made["id"])} == booked
    assert {one.status for one in bookings(schools, made["id"])} == {BookingStatus.CANCELLED}
    assert (occupancy(schools, made["id"]).taken, occupancy(schools, made["id"]).claims) == (0, {})
    for kind in ("BOOKING_CREATED", "BOOKING_CANCELLED"):
        assert Counter(_told(schools, kind)) == dict.fromkeys(booked, 1)


def _work(schools: Schools) -> None:
    """What the worker does now about this school's class."""
    for message in _of(schools, "call_off"):
        outbox.route(message)
    url = settings.queue_url(QUEUE)
    while received := outbox.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        records = [
            {"messageId": one["MessageId"], "receiptHandle": one["ReceiptHandle"], "body": one["Body"]}
            for one in received
        ]
        function("immersio/workers/settle_seats")({"Records": records}, Context())


def _told(schools: Schools, kind: str) -> list[str]:
    return [message.payload["booking"]["uid"] for message in _of(schools, kind)]


def _of(schools: Schools, kind: str) -> list[outbox.Message]:
    return [message for message in schools.messages(kind) if message.tenant == str(schools.academy.tenant_id)]
