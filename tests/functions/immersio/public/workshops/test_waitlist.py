"""POST /api/v1/public/workshops/{slug}/waitlist"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from immersio.seat import store as seats
from kernel import clock
from tests.support.lists import hooked, meanwhile
from tests.support.schools import Schools
from tests.support.students import (
    ADA,
    COMMIT,
    WEEK,
    Died,
    book,
    booked,
    cancel,
    dying,
    free_workshop,
    join,
    occupancy,
    offers,
    place,
    waiting,
)
from tests.support.workshops import ask, tomorrow, update

QUEUE = "immersio-seats"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    """No midnight comes in the middle of a test."""
    with time_machine.travel("2026-12-01T08:00:00Z", tick=True):
        yield


def full_class(schools: Schools, **changes: Any) -> tuple[dict[str, Any], str, str]:
    """A workshop of one seat, and the uid and the token of who has it."""
    made = free_workshop(schools, seats=1, **changes)
    return made, *booked(made, "ada@example.com")


def written(schools: Schools) -> list[Any]:
    return [row for row in schools.rows() if row["entity"] != "idempotency"]


def refusal(reply: Any) -> tuple[int, str]:
    return reply.status, reply.json["code"]


def test_who_finds_a_class_full_waits_and_is_told_their_turn(schools: Schools) -> None:
    made, *_ = full_class(schools)
    bo, cy = join(made, "bo@example.com"), join(made, "cy@example.com")
    entry = bo.json["waitlist"]
    assert (bo.status, entry) == (
        201,
        {"id": entry["id"], "position": 1, "status": "waiting", "startTime": clock.iso(tomorrow())},
    )
    assert (cy.status, cy.json["waitlist"]["position"]) == (201, 2)
    assert waiting(schools) == ["bo@example.com", "cy@example.com"]


def test_while_seats_are_free_nobody_waits(schools: Schools) -> None:
    made = free_workshop(schools, seats=1)
    rows = written(schools)
    refused = join(made, "bo@example.com")
    assert refusal(refused) == (409, "CONFLICT")
    assert "book" in refused.json["error"]
    assert written(schools) == rows


def test_who_has_a_seat_does_not_wait_for_another(schools: Schools) -> None:
    """INV-08: and is told no more of it than who books twice."""
    made, uid, _ = full_class(schools)
    rows = written(schools)
    refused = join(made, " ADA@example.com")
    assert (refusal(refused), uid in refused.body) == ((409, "CONFLICT"), False)
    assert refused.json == book(made).json
    assert written(schools) == rows


def test_an_address_waits_once_however_it_is_written(schools: Schools) -> None:
    """INV-08"""
    made, *_ = full_class(schools)
    first = join(made, "bo@example.com")
    join(made, "cy@example.com")
    rows = written(schools)
    assert join(made, " BO@example.com ").json == first.json
    assert written(schools) == rows


def test_of_two_tries_of_one_address_at_once_one_waits(schools: Schools) -> None:
    """INV-08: the second looks before the first is written."""
    made, *_ = full_class(schools)
    first = list[Any]()
    with meanwhile(lambda: first.append(join(made, "bo@example.com", ip="203.0.113.8"))):
        second = join(made, "BO@example.com")
    assert (second.status, second.json) == (201, first[0].json)
    assert waiting(schools) == ["bo@example.com"]


def test_the_same_key_and_body_get_the_first_answer_again_byte_for_byte(schools: Schools) -> None:
    """INV-10: though the seat was offered to them by then."""
    made, uid, token = full_class(schools)
    first = join(made, "bo@example.com", key="key-1")
    cancel(uid, token)
    schools.run_workers(QUEUE)
    assert waiting(schools) == []
    assert join(made, "bo@example.com", key="key-1") == first
    assert waiting(schools) == []


def test_a_freed_seat_is_for_those_who_wait(schools: Schools) -> None:
    """INV-01: who comes later, and only for that seat, is refused from the moment that it is free."""
    made, uid, token = full_class(schools)
    join(made, "bo@example.com")
    cancel(uid, token)
    assert occupancy(schools, made).taken == 0
    assert refusal(book(made, "late@example.com")) == (409, "NO_SEATS_AVAILABLE")
    assert join(made, "late@example.com").json["waitlist"]["position"] == 2


def test_a_freed_seat_is_for_those_who_wait_also_where_the_booker_had_looked_before(schools: Schools) -> None:
    """INV-01: the claim's own condition says so."""
    made = free_workshop(schools, seats=1)

    def fill_join_and_free() -> None:
        uid, token = booked(made, ip="203.0.113.8")
        join(made, "bo@example.com", ip="203.0.113.8")
        cancel(uid, token, ip="203.0.113.8")

    busy = list[bool]()

    def interfere(params: dict[str, Any], **_: Any) -> None:
        if not busy and "claim_" in str(params):
            busy.append(True)
            fill_join_and_free()

    with hooked("provide-client-params.dynamodb.UpdateItem", interfere):
        assert refusal(book(made, "late@example.com")) == (409, "NO_SEATS_AVAILABLE")
    assert occupancy(schools, made).taken == 0


def test_waiting_for_one_class_leaves_the_others_alone(schools: Schools) -> None:
    """INV-09"""
    made, *_ = full_class(schools)
    join(made, "bo@example.com")
    assert refusal(join(made, "bo@example.com", at=tomorrow() + WEEK)) == (409, "CONFLICT")
    assert book(made, "bo@example.com", at=tomorrow() + WEEK).status == 201


def test_only_who_may_book_may_wait(schools: Schools) -> None:
    """INV-25: and who was taken off the list since is refused like all others."""
    listed = ["ada@example.com", "bo@example.com"]
    made, *_ = full_class(schools, whitelistEnabled=True, whitelistEmails=listed)
    rows = written(schools)
    assert refusal(join(made, "cy@example.com")) == (403, "WHITELIST_DENIED")
    assert written(schools) == rows
    assert join(made, "bo@example.com").status == 201
    unlist(schools, made, "bo@example.com")
    assert refusal(join(made, "bo@example.com")) == (403, "WHITELIST_DENIED")


def test_who_is_taken_off_the_list_in_the_moment_they_join_does_not_get_in(schools: Schools) -> None:
    """INV-25: the list is checked by the commit."""
    listed = ["ada@example.com", "bo@example.com"]
    made, *_ = full_class(schools, whitelistEnabled=True, whitelistEmails=listed)
    with meanwhile(lambda: unlist(schools, made, "bo@example.com")):
        assert refusal(join(made, "bo@example.com")) == (403, "WHITELIST_DENIED")
    assert waiting(schools) == []


def unlist(schools: Schools, made: dict[str, Any], email: str) -> None:
    sent = {"workshopId": made["id"], "mode": "remove", "emails": [{"email": email}]}
    assert ask(schools, "updateWhitelist", sent).status == 200


def test_what_is_not_there_is_answered_as_to_who_books(schools: Schools) -> None:
    """INV-23: another school's workshop, a missing one and an archived one are the same."""
    made, *_ = full_class(schools)
    missing = join({"slug": "no-such-workshop"}, "bo@example.com")
    assert refusal(missing) == (404, "WORKSHOP_NOT_FOUND")
    assert join(made, "bo@example.com", school="music-studio") == missing
    assert refusal(join(made, "bo@example.com", school="no-such-school")) == (404, "TENANT_NOT_FOUND")
    update(schools, made["id"], status="archived")
    assert join(made, "bo@example.com") == missing
    assert waiting(schools) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"startTime": "2026-12-02T17:00:00"}, "startTime"),
        ({"startTime": "2026-12-02T17:00:00Z"}, "startTime"),
        ({"attendee": {**ADA, "email": "bo"}}, "attendee.email"),
        ({"seats": 2}, "seats"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_name(schools: Schools, body: dict[str, Any], field: str) -> None:
    made, *_ = full_class(schools)
    rows = written(schools)
    refused = join(made, "bo@example.com", **body)
    assert refusal(refused) == (400, "VALIDATION_ERROR")
    assert [one["field"] for one in refused.json["details"]] == [field]
    assert written(schools) == rows


def test_nobody_waits_for_a_class_that_has_started(schools: Schools) -> None:
    made, *_ = full_class(schools)
    start = tomorrow()
    with time_machine.travel(start + timedelta(seconds=1), tick=False):
        assert refusal(join(made, "bo@example.com", at=start)) == (400, "VALIDATION_ERROR")


def test_who_waited_in_vain_is_forgotten_a_day_after_the_class(schools: Schools) -> None:
    made, *_ = full_class(schools)
    join(made, "bo@example.com")
    kept = [row["ttl"] for row in schools.rows() if row["entity"] in {"waiting", "waiting_address"}]
    assert kept == [clock.epoch(tomorrow() + timedelta(days=1))] * 2


def test_a_seat_that_is_freed_while_somebody_joins_is_offered_to_them(schools: Schools) -> None:
    """INV-27: when it was settled, nobody waited yet; nothing else would ever happen to that class."""
    made, uid, token = full_class(schools)

    def free() -> None:
        cancel(uid, token, ip="203.0.113.8")
        schools.run_workers(QUEUE)

    with meanwhile(free):
        assert join(made, "bo@example.com").status == 201
    work_later(schools, minutes=1)
    assert len(offers(schools, "bo@example.com")) == 1


def test_who_died_before_they_were_marked_waits_all_the_same(schools: Schools) -> None:
    """INV-27: the mark comes later, and the offer with it."""
    made, uid, token = full_class(schools)
    with pytest.raises(Died), dying(f"after-call.dynamodb.{COMMIT}"):
        join(made, "bo@example.com")
    assert (waiting(schools), occupancy(schools, made).waiting) == (["bo@example.com"], None)
    work_later(schools, minutes=1)
    assert occupancy(schools, made).waiting
    cancel(uid, token)
    schools.run_workers(QUEUE)
    assert len(offers(schools, "bo@example.com")) == 1


def test_wherever_somebody_dies_who_joins_they_wait_or_they_do_not(schools: Schools) -> None:
    """INV-27: and a mark that stands for nobody turns nobody away for long."""
    made = free_workshop(schools, seats=1, recurrence={"frequency": "weekly", "count": 52})
    survived, lives = False, 0
    while not survived:
        at = tomorrow() + WEEK * lives
        booked(made, "ada@example.com", at=at, ip=f"10.0.0.{lives}")
        try:
            with dying("before-call.dynamodb", calls=lives):
                survived = join(made, "bo@example.com", at=at).status == 201
        except Died:
            pass
        lives += 1
    assert lives > 8
    work_later(schools, minutes=3)
    joined = [bool(waiting(schools, tomorrow() + WEEK * life)) for life in range(lives)]
    marked = [bool(occupancy(schools, made, tomorrow() + WEEK * life).waiting) for life in range(lives)]
    assert joined == marked
    assert (joined[0], joined[-1]) == (False, True)


def test_a_mark_that_comes_after_its_offer_is_taken_away(schools: Schools) -> None:
    """INV-12: they were offered a seat before they were marked, by a worker that was quicker, and then they died."""
    made, uid, token = full_class(schools)
    cancelled = list[bool]()

    def be_quicker(params: dict[str, Any], **_: Any) -> None:
        if not cancelled and "'waiting'" in str(params):
            cancelled.append(True)
            cancel(uid, token, ip="203.0.113.8")
            with time_machine.travel(clock.now() + timedelta(seconds=2)):
                schools.run_workers(QUEUE)
                schools.run_workers(QUEUE)  # what the offer itself left to do

    with hooked("provide-client-params.dynamodb.UpdateItem", be_quicker):
        join(made, "bo@example.com")
    assert cancelled
    assert len(offers(schools, "bo@example.com")) == 1
    assert (waiting(schools), bool(occupancy(schools, made).waiting)) == ([], True)
    work_later(schools, minutes=3)
    assert occupancy(schools, made).waiting is None


def test_a_mark_of_nobody_is_taken_away_by_who_joins(schools: Schools) -> None:
    """They are told to book, and can."""
    made = free_workshop(schools, seats=1)
    seats.somebody_waits(place(schools, made), "booking_of_nobody")
    assert refusal(book(made, "bo@example.com")) == (409, "NO_SEATS_AVAILABLE")
    assert refusal(join(made, "bo@example.com")) == (409, "CONFLICT")
    assert book(made, "bo@example.com").status == 201


def test_who_joins_while_a_mark_is_taken_away_keeps_theirs(schools: Schools) -> None:
    """The list was read while it was empty; by the time the mark is taken away it is somebody's."""
    made, *_ = full_class(schools)
    seats.somebody_waits(place(schools, made), "booking_of_nobody")
    with meanwhile(lambda: join(made, "bo@example.com", ip="203.0.113.8"), event="after-call.dynamodb.Query"):
        schools.run_workers(QUEUE)
    assert (waiting(schools), bool(occupancy(schools, made).waiting)) == (["bo@example.com"], True)


def work_later(schools: Schools, minutes: int) -> None:
    with time_machine.travel(clock.now() + timedelta(minutes=minutes)):
        schools.sweep()
        schools.run_workers(QUEUE)
