"""Queue immersio-seats"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from immersio.booking.model import Booking
from immersio.seat.model import Hold
from immersio.waitlist import offering
from kernel import clock, outbox, table
from kernel.errors import TemporarilyUnavailable
from tests.support.lists import hooked, meanwhile
from tests.support.schools import Schools
from tests.support.students import (
    COMMIT,
    WEEK,
    Died,
    book,
    booked,
    cancel,
    dying,
    events,
    free_workshop,
    held,
    join,
    occupancy,
    offered,
    offers,
    place,
    stored_booking,
    waiting,
)
from tests.support.workshops import ask, tomorrow, update

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


def full_class(schools: Schools, *names: str, **changes: Any) -> tuple[dict[str, Any], str, str]:
    """A workshop of one seat, who has it, and those who wait for it; all of that is settled."""
    made = free_workshop(schools, **{"seats": 1, **changes})
    uid, token = booked(made)
    for name in names:
        assert join(made, f"{name}@example.com").status == 201
    schools.run_workers(QUEUE)
    return made, uid, token


def only(found: list[Booking]) -> Booking:
    (one,) = found
    return one


def work(schools: Schools) -> None:
    schools.sweep()
    schools.run_workers(QUEUE)


def test_a_freed_seat_is_offered_to_who_came_first(schools: Schools) -> None:
    """INV-04, INV-17: it is held for them, and nobody is told of a booking yet."""
    made, uid, token = full_class(schools, "bo", "cy")
    cancel(uid, token)
    now = clock.now()
    with time_machine.travel(now, tick=False):
        schools.run_workers(QUEUE)
    offer = only(offers(schools, "bo@example.com"))
    assert (offer.status, offer.payment, offer.hold_until) == ("pending", None, now + timedelta(hours=4))
    (claim,) = occupancy(schools, made).claims.values()
    assert (claim.hold, claim.until) == (Hold.HELD, offer.hold_until)
    assert waiting(schools) == ["cy@example.com"]
    assert events(schools) == ["BOOKING_CREATED", "BOOKING_CANCELLED"], "of who had the seat before"


def test_as_many_are_offered_a_seat_as_there_are(schools: Schools) -> None:
    made, uid, token = full_class(schools, "bo", "cy", seats=1)
    update(schools, made["id"], seats=2)
    cancel(uid, token)
    schools.run_workers(QUEUE)
    assert [len(offers(schools, f"{name}@example.com")) for name in ("bo", "cy")] == [1, 1]
    assert (occupancy(schools, made).taken, occupancy(schools, made).waiting, waiting(schools)) == (2, None, [])


def test_an_offer_that_nobody_takes_passes_on_and_at_last_the_seat_is_free(schools: Schools) -> None:
    """INV-12: each ends when it says; Immersio never knew of them."""
    made, uid, token = full_class(schools, "bo", "cy")
    cancel(uid, token)
    now = clock.now()
    for hours, taken, left in ((0, 1, ["cy@example.com"]), (4.1, 1, []), (8.2, 0, [])):
        with time_machine.travel(now + timedelta(hours=hours)):
            work(schools)
            assert (occupancy(schools, made).taken, waiting(schools, at_start(now))) == (taken, left)
            assert bool(occupancy(schools, made).waiting) is bool(left)
    ended = [only(offers(schools, f"{name}@example.com")).cancellation for name in ("bo", "cy")]
    assert [(each.by, each.reason) for each in ended if each] == [("system", "The offer was not taken in time")] * 2
    assert events(schools) == ["BOOKING_CREATED", "BOOKING_CANCELLED"]
    with time_machine.travel(now + timedelta(hours=9)):
        booked(made, "late@example.com", at=at_start(now))


def at_start(now: datetime) -> datetime:
    with time_machine.travel(now, tick=False):
        return tomorrow()


def test_an_offer_that_is_given_back_passes_on(schools: Schools) -> None:
    made, uid, token = full_class(schools, "bo", "cy")
    cancel(uid, token)
    schools.run_workers(QUEUE)
    assert cancel(*offered(schools, "bo@example.com")).status == 200
    assert book(made, "late@example.com").json["code"] == "NO_SEATS_AVAILABLE"
    schools.run_workers(QUEUE)
    offered(schools, "cy@example.com")
    assert (occupancy(schools, made).taken, occupancy(schools, made).cancelled) == (1, 2)


def test_an_offer_ends_when_the_class_starts_and_none_is_made_after(schools: Schools) -> None:
    made, uid, token = full_class(schools, "bo", "cy")
    start = tomorrow()
    with time_machine.travel(start - timedelta(minutes=30)):
        cancel(uid, token)
        work(schools)
        assert only(offers(schools, "bo@example.com", start)).hold_until == start
    with time_machine.travel(start, tick=False):
        offering.offer(place(schools, made, start))
    with time_machine.travel(start + timedelta(minutes=1)):
        work(schools)
        assert offers(schools, "cy@example.com", start) == []
        assert occupancy(schools, made, start).taken == 0


def test_who_was_taken_off_the_list_is_passed_over_and_forgotten(schools: Schools) -> None:
    """INV-25"""
    listed = [f"{name}@example.com" for name in ("ada", "bo", "cy")]
    made, uid, token = full_class(schools, "bo", "cy", whitelistEnabled=True, whitelistEmails=listed)
    unlist(schools, made, "bo@example.com")
    cancel(uid, token)
    schools.run_workers(QUEUE)
    offered(schools, "cy@example.com")
    assert (offers(schools, "bo@example.com"), waiting(schools), occupancy(schools, made).taken) == ([], [], 1)


def test_who_is_taken_off_the_list_in_the_moment_of_the_offer_gets_none(schools: Schools) -> None:
    """INV-25: the list is checked by the commit, and the seat goes on to the next."""
    listed = [f"{name}@example.com" for name in ("ada", "bo", "cy")]
    made, uid, token = full_class(schools, "bo", "cy", whitelistEnabled=True, whitelistEmails=listed)
    cancel(uid, token)
    off = list[bool]()

    def take_off(params: dict[str, Any], **_: Any) -> None:
        if not off and "waitlist" in str(params):
            off.append(True)
            unlist(schools, made, "bo@example.com")

    with hooked(f"provide-client-params.dynamodb.{COMMIT}", take_off):
        schools.run_workers(QUEUE)
    assert off
    offered(schools, "cy@example.com")
    assert (offers(schools, "bo@example.com"), waiting(schools), occupancy(schools, made).taken) == ([], [], 1)


def unlist(schools: Schools, made: dict[str, Any], email: str) -> None:
    sent = {"workshopId": made["id"], "mode": "remove", "emails": [{"email": email}]}
    assert ask(schools, "updateWhitelist", sent).status == 200


def test_who_has_a_seat_by_now_is_passed_over_and_forgotten(schools: Schools) -> None:
    """INV-08: they joined, died before they were marked, and booked what was free."""
    made, uid, token = full_class(schools)
    with pytest.raises(Died), dying(f"after-call.dynamodb.{COMMIT}"):
        join(made, "bo@example.com")
    cancel(uid, token)
    booked(made, "bo@example.com")
    join(made, "cy@example.com")
    update(schools, made["id"], seats=2)
    schools.run_workers(QUEUE)
    offered(schools, "cy@example.com")
    assert (offers(schools, "bo@example.com"), waiting(schools), occupancy(schools, made).taken) == ([], [], 2)


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_what_is_offered_to_nobody_is_offered_to_no_waiter_until_it_is_back(schools: Schools, status: str) -> None:
    made, uid, token = full_class(schools, "bo")
    update(schools, made["id"], status=status)
    cancel(uid, token)
    schools.run_workers(QUEUE)
    assert (offers(schools, "bo@example.com"), waiting(schools)) == ([], ["bo@example.com"])
    update(schools, made["id"], status="active")
    schools.run_workers(QUEUE)
    offered(schools, "bo@example.com")


def test_more_seats_are_offered_in_every_class_to_come(schools: Schools) -> None:
    """INV-09"""
    made, *_ = full_class(schools, "bo")
    booked(made, "ada@example.com", at=tomorrow() + 2 * WEEK)
    join(made, "cy@example.com", at=tomorrow() + 2 * WEEK)
    update(schools, made["id"], seats=2)
    schools.run_workers(QUEUE)
    offered(schools, "bo@example.com")
    offered(schools, "cy@example.com", tomorrow() + 2 * WEEK)
    assert [occupancy(schools, made, tomorrow() + WEEK * week).taken for week in range(3)] == [2, 0, 2]


def test_where_nobody_waits_nothing_more_is_read_than_the_class(schools: Schools) -> None:
    """Of two thousand who book in one minute each leaves a message; the list is not looked at for every one."""
    _, uid, token = full_class(schools)
    cancel(uid, token)
    queries = list[bool]()
    with hooked("before-call.dynamodb.Query", lambda **_: queries.append(True)):
        schools.run_workers(QUEUE)
    assert queries == []


@pytest.mark.parametrize("reads_before", range(8))
def test_of_two_workers_at_once_one_makes_the_offer(schools: Schools, reads_before: int) -> None:
    """INV-04: whichever look of the one the other comes between."""
    made, uid, token = full_class(schools, "bo", "cy")
    cancel(uid, token)
    where = place(schools, made)
    other = meanwhile(
        *[lambda: None] * reads_before, lambda: offering.offer(where), event="before-call.dynamodb.GetItem"
    )
    with other:
        schools.run_workers(QUEUE)
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        work(schools)
    offered(schools, "bo@example.com")
    assert (waiting(schools), occupancy(schools, made).taken) == (["cy@example.com"], 1)
    (claim,) = occupancy(schools, made).claims.values()
    assert claim.hold is Hold.HELD


def test_a_second_worker_does_not_free_what_the_first_is_about_to_commit(schools: Schools) -> None:
    """INV-04: it finds the workshop changed, and would give back the claim that both go by."""
    made, uid, token = full_class(schools, "bo")
    cancel(uid, token)
    where = place(schools, made)

    def change() -> None:
        update(schools, made["id"], title="Business English, mornings")

    def offer_too() -> None:
        with meanwhile(change, event="after-call.dynamodb.UpdateItem"), suppress(TemporarilyUnavailable):
            offering.offer(where)

    with meanwhile(offer_too):
        offering.offer(where)
    assert list(occupancy(schools, made).claims) == [offered(schools, "bo@example.com")[0]]


WRITES = [(COMMIT, 0), *(("UpdateItem", number) for number in range(3))]
"""Of an offer: it is committed; it is claimed before, settled after, and the last one takes the mark away."""


def test_wherever_an_offer_dies_it_is_made_once(schools: Schools) -> None:
    """INV-27, INV-04: before and after each of its writes."""
    made = free_workshop(schools, seats=1, recurrence={"frequency": "weekly", "count": 52})
    moments = [(f"{when}-call.dynamodb.{write}", calls) for when in ("before", "after") for write, calls in WRITES]
    classes = [tomorrow() + WEEK * week for week in range(len(moments))]
    for number, (at, (moment, calls)) in enumerate(zip(classes, moments, strict=True)):
        ip = f"10.0.0.{number}"
        uid, token = booked(made, at=at, ip=ip)
        assert join(made, "bo@example.com", at=at, ip=ip).status == 201
        cancel(uid, token, ip=ip)
        with pytest.raises(Died), dying(moment, calls):
            offering.offer(place(schools, made, at))
    with time_machine.travel(clock.now() + timedelta(minutes=10)):
        work(schools)
    for at in classes:
        offer, found = only(offers(schools, "bo@example.com", at)), occupancy(schools, made, at)
        assert {uid: claim.hold for uid, claim in found.claims.items()} == {offer.uid: Hold.HELD}
        assert (found.taken, found.waiting, waiting(schools, at)) == (1, None, [])
