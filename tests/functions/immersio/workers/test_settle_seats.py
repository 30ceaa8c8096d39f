"""Queue immersio-seats"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from immersio.seat.model import Hold
from kernel import clock, outbox, table
from tests.support.schools import Schools
from tests.support.students import (
    COMMIT,
    Died,
    book,
    booked,
    cancel,
    dying,
    events,
    free_workshop,
    held,
    occupancy,
    stored_booking,
)

QUEUE = "immersio-seats"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    """No midnight comes in the middle of a test."""
    with time_machine.travel("2026-12-01T08:00:00Z", tick=True):
        yield


def test_a_booking_that_died_after_its_commit_is_settled(schools: Schools) -> None:
    """INV-27: its claim would run out, and it is told of."""
    made = free_workshop(schools, seats=1)
    with pytest.raises(Died), dying(f"after-call.dynamodb.{COMMIT}"):
        book(made)
    (claim,) = occupancy(schools, made).claims.values()
    assert claim.hold is Hold.CLAIMED
    schools.run_workers(QUEUE)
    (claim,) = occupancy(schools, made).claims.values()
    assert (claim.hold, claim.until, events(schools)) == (Hold.SOLD, None, ["BOOKING_CREATED"])


def test_a_booking_that_nobody_settled_is_not_given_away(schools: Schools) -> None:
    """INV-04: its claim has run out, and it is alive: who finds it settles it."""
    made = free_workshop(schools, seats=1)
    with pytest.raises(Died), dying(f"after-call.dynamodb.{COMMIT}"):
        book(made)
    with time_machine.travel(clock.now() + timedelta(minutes=3)):
        assert book(made, "bo@example.com").json["code"] == "NO_SEATS_AVAILABLE"
    (claim,) = occupancy(schools, made).claims.values()
    assert claim.hold is Hold.SOLD


def test_a_claim_that_was_never_committed_is_told_to_nobody(schools: Schools) -> None:
    """INV-27: nothing was left to do, and after two minutes the seat is somebody else's."""
    made, now = free_workshop(schools, seats=1), clock.now()
    with time_machine.travel(now, tick=False), pytest.raises(Died), dying(f"before-call.dynamodb.{COMMIT}"):
        book(made)
    assert events(schools) == []
    with time_machine.travel(now + timedelta(minutes=2, milliseconds=-1), tick=False):
        assert book(made, "bo@example.com").status == 409
    with time_machine.travel(now + timedelta(minutes=2), tick=False):
        assert book(made, "bo@example.com").status == 201
    assert (occupancy(schools, made).taken, occupancy(schools, made).cancelled) == (1, 0)


def test_a_hold_ends_when_it_is_due_and_not_before(schools: Schools) -> None:
    """INV-12: without anybody looking; Immersio never knew of it."""
    made, now = free_workshop(schools, seats=1), clock.now()
    hold = held(schools, made, "slow@example.com", minutes=15)
    for minutes, taken, status in ((0, 1, "pending"), (14, 1, "pending"), (21, 0, "cancelled")):
        with time_machine.travel(now + timedelta(minutes=minutes)):
            schools.sweep()
            schools.run_workers()
            booking = stored_booking(schools, hold.uid)
            assert booking
            assert (occupancy(schools, made).taken, booking.status) == (taken, status)
    assert occupancy(schools, made).cancelled == 1
    assert events(schools) == []


def test_the_same_message_again_frees_nothing_twice(schools: Schools) -> None:
    """INV-11: by then the seat is somebody else's."""
    made = free_workshop(schools, seats=1)
    uid, token = booked(made)
    cancel(uid, token)
    booked(made, "bo@example.com")
    for _ in range(2):
        schools._routed.clear()
        schools.run_workers(QUEUE)
    assert (occupancy(schools, made).taken, occupancy(schools, made).cancelled) == (1, 1)


def test_what_nobody_knows_how_to_do_is_not_tried_for_days(schools: Schools) -> None:
    message = outbox.message(tenant=str(schools.academy.tenant_id), queue=QUEUE, kind="stand_up", payload={})
    table.write(outbox.put(message))
    schools.run_workers(QUEUE)
    (tried,) = schools.messages("stand_up")
    assert (tried.status, tried.history[-1].error) == (
        outbox.Status.FAILED,
        "Undeliverable: nobody knows what to do about stand_up",
    )
