"""Seats are freed while some wait for them and others try to be quicker: real threads on MiniStack."""

import random
from collections import Counter
from contextlib import nullcontext, suppress

import pytest

from immersio.booking.model import BookingStatus
from immersio.seat.model import Hold
from immersio.waitlist import seats_worker
from kernel import ids
from kernel.errors import TemporarilyUnavailable
from kernel.outbox import Message
from tests.support import schools as school_worlds
from tests.support.bookings import book, bookings, free_of_charge, occupancy
from tests.support.chatbot import all_at_once
from tests.support.contention import contention
from tests.support.schools import Schools
from tests.support.students import cancel, join
from tests.support.world import World

SEATS, FREED, WAITERS, BOOKERS, WORKERS = 5, 3, 10, 20, 4


@pytest.fixture
def schools(world: World) -> Schools:
    """Two schools of the test's own."""
    return school_worlds.founded(mark=ids.new("test")[-12:].lower())


@pytest.mark.parametrize("meeting", [False, True], ids=["", "where writes meet"])
def test_freed_seats_go_to_the_first_who_wait_whoever_else_is_quick(schools: Schools, meeting: bool) -> None:
    """INV-01, INV-04: each of the first three is offered one seat, all others none, and nobody sees an error."""
    made = free_of_charge(schools, seats=SEATS)
    sold = [book(schools, made["slug"], number).json for number in range(SEATS)]
    seen = set[int]()

    def wait(number: int) -> tuple[int, str]:
        email = f"waiter-{number}@example.com"
        reply = join(made, email, school=schools.academy.slug, ip=f"198.52.0.{number}")
        assert reply.status == 201, reply.body
        return reply.json["waitlist"]["id"], email

    def act(number: int) -> int:
        seen.add(occupancy(schools, made["id"]).taken)
        if number < FREED:
            one = sold[number]
            return cancel(one["booking"]["uid"], one["manageToken"], ip=f"198.53.0.{number}").status
        if number < FREED + BOOKERS:
            return max(book(schools, made["slug"], 1000 + 10 * number + again).status for again in range(3))
        return work(number)

    def work(number: int) -> int:
        for message in random.Random(number).sample(messages, len(messages)) * 2:
            _deliver(message)
        return 0

    with contention() if meeting else nullcontext():
        line = sorted(all_at_once(WAITERS, wait))
        messages = _messages(schools)
        outcomes = Counter(all_at_once(FREED + BOOKERS + WORKERS, act))
        messages = _messages(schools)
        all_at_once(WORKERS, work)
    assert outcomes == {200: FREED, 409: BOOKERS, 0: WORKERS}
    assert max(seen) <= SEATS
    found = occupancy(schools, made["id"])
    assert (found.taken, found.count(Hold.HELD), found.count(Hold.SOLD)) == (SEATS, FREED, SEATS - FREED)
    made_offers = [one for one in bookings(schools, made["id"]) if one.status is BookingStatus.PENDING]
    assert sorted(one.attendee.email for one in made_offers) == sorted(email for _, email in line[:FREED])
    assert {one.uid for one in made_offers} <= found.claims.keys()


def _messages(schools: Schools) -> list[Message]:
    """Of this school, to look after its seats."""
    tenant = str(schools.academy.tenant_id)
    return [one for one in schools.messages() if one.queue == "immersio-seats" and one.tenant == tenant]


def _deliver(message: Message) -> None:
    """Until it is done, as the queue would."""
    while True:
        with suppress(TemporarilyUnavailable):
            seats_worker.deliver(message)
            return
