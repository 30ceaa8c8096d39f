"""immersio.booking.cancelOccurrence"""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from immersio.access.model import Role
from immersio.booking.model import BookingStatus
from immersio.seat import store as seats
from immersio.seat.model import Hold
from kernel import clock, outbox
from tests.support import staff
from tests.support.lists import hooked, meanwhile
from tests.support.money import Money
from tests.support.notices import delivered
from tests.support.schools import Schools, error, result, sample_input
from tests.support.seats import booked as seated
from tests.support.seats import opened
from tests.support.staff import call_off
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
    move,
    occupancy,
    offers,
    place,
    stored_booking,
    waiting,
)
from tests.support.workshops import get, listed, tomorrow, update

QUEUE = "immersio-seats"
STAFF = {Role.OWNER: "tenant", Role.ADMIN: "tenant", Role.MEMBER: "teacher"}


pytestmark = pytest.mark.usefixtures("now")


def crowd(made: dict[str, Any], people: int, at: datetime | None = None) -> list[str]:
    return [booked(made, f"student-{number}@example.com", at=at)[0] for number in range(people)]


def called_off(schools: Schools, made: dict[str, Any], **sent: Any) -> Any:
    return result(call_off(schools, made["id"], **sent))


def statuses(schools: Schools, uids: list[str]) -> list[str]:
    found = [stored_booking(schools, uid) for uid in uids]
    return [booking.status.value for booking in found if booking]


def work(schools: Schools, minutes: float = 0) -> None:
    """What the queue's worker does so many minutes later."""
    with time_machine.travel(clock.now() + timedelta(minutes=minutes)):
        schools.sweep()
        schools.run_workers(QUEUE)


def is_done(schools: Schools) -> bool:
    (message,) = schools.messages("call_off")
    return message.status is outbox.Status.DELIVERED


@pytest.mark.parametrize("role", STAFF)
def test_everybody_of_the_class_is_told_and_nobody_of_another(schools: Schools, role: Role) -> None:
    """INV-20, INV-09"""
    made = free_workshop(schools, seats=5)
    theirs, others = crowd(made, 3), crowd(made, 3, tomorrow() + WEEK)
    assert called_off(schools, made, role=role, reason="The teacher is ill") == {"success": True, "bookings": 3}
    work(schools)
    told = [message.payload["booking"] for message in schools.messages("BOOKING_CANCELLED")]
    assert sorted(booking["uid"] for booking in told) == sorted(theirs)
    assert {(booking["cancelledBy"], booking["cancellationReason"]) for booking in told} == {
        (STAFF[role], "The teacher is ill")
    }
    assert statuses(schools, theirs + others) == ["cancelled"] * 3 + ["accepted"] * 3
    taken = [occupancy(schools, made, tomorrow() + WEEK * week).taken for week in (0, 1)]
    assert (taken, occupancy(schools, made).cancelled, is_done(schools)) == ([0, 3], 3, True)


def test_every_paid_seat_is_refunded_once(schools: Schools, money: Money) -> None:
    """INV-20: though it is called off in the last minute, one page is still open, and the worker comes twice."""
    made = money.workshop(seats=3)
    paid = [money.bought(made, f"student-{number}@example.com")[0] for number in range(2)]
    open_page, _ = money.booked(made, "slow@example.com")
    elsewhere, _ = money.bought(made, at=tomorrow() + WEEK)
    assert called_off(schools, made)["bookings"] == 3
    for _ in range(2):
        schools._routed.clear()
        schools.run_workers(QUEUE, "immersio-payments")
    assert [refund["amount"] for refund in money.refunds()] == [1500, 1500]
    bookings = [money.booking(uid) for uid in paid]
    assert [booking.refund and booking.refund.status.value for booking in bookings] == ["completed"] * 2
    assert events(schools).count("BOOKING_CANCELLED") == 2
    sessions = {one["id"]: one["status"] for one in money.sessions()}
    assert sessions[money.session_id(open_page)] == "expired"
    assert statuses(schools, [open_page, elsewhere]) == ["cancelled", "accepted"]


def test_what_is_paid_after_it_was_called_off_goes_back(schools: Schools, money: Money) -> None:
    """INV-13, INV-14: also if the hold had run out before."""
    made = money.workshop(seats=3)
    held_still, over = (money.booked(made, f"{name}@example.com")[0] for name in ("held", "over"))
    for uid in (held_still, over):
        money.pay(uid)
    with time_machine.travel(clock.now() + timedelta(minutes=46)):
        schools.sweep()
        schools.run_workers(QUEUE)  # the hold of one ended by itself
    called_off(schools, made)
    work(schools, minutes=47)
    money.tell()
    with time_machine.travel(clock.now() + timedelta(minutes=48)):
        schools.run_workers(QUEUE, "immersio-payments")
    assert statuses(schools, [held_still, over]) == ["cancelled"] * 2
    assert [refund["amount"] for refund in money.refunds()] == [1500, 1500]
    assert occupancy(schools, made).taken == 0


@pytest.mark.parametrize("people", [0, 1])
def test_nobody_books_it_any_more(schools: Schools, people: int) -> None:
    """INV-20: neither before its seats are given back nor after, also where nobody ever had one."""
    made = free_workshop(schools, seats=5)
    crowd(made, people)
    called_off(schools, made)
    for _ in range(2):
        reply = book(made, "bo@example.com")
        assert (reply.status, reply.json["code"]) == (409, "CONFLICT")
        assert reply.json["error"] == "This class was called off; choose another date"
        work(schools)
    assert book(made, "bo@example.com", at=tomorrow() + WEEK).status == 201


def test_nobody_moves_to_it(schools: Schools) -> None:
    made = free_workshop(schools)
    uid, token = booked(made, at=tomorrow() + WEEK)
    called_off(schools, made)
    assert move(uid, token, tomorrow()).json["code"] == "CONFLICT"
    assert statuses(schools, [uid]) == ["accepted"]


def test_who_claims_in_the_moment_it_is_called_off_gets_no_seat(schools: Schools) -> None:
    """INV-20: they have looked before, and claim after."""
    made = free_workshop(schools)
    asked = list[bool]()

    def interfere(params: dict[str, Any], **_: Any) -> None:
        if not asked and "OCCURRENCE" in str(params["Key"]):
            asked.append(True)
            called_off(schools, made)

    with hooked("provide-client-params.dynamodb.UpdateItem", interfere):
        assert book(made).json["code"] == "CONFLICT"
    assert occupancy(schools, made).taken == 0


def test_it_is_not_offered_any_more(schools: Schools) -> None:
    made = free_workshop(schools)
    starts = [tomorrow() + WEEK * week for week in range(8)]
    for week in (0, 1, 3):
        called_off(schools, made, at=starts[week])
    shown = [one["startTime"] for one in get(schools, made["id"])["occurrences"]]
    assert shown == [starts[week] for week in (2, 4, 5, 6, 7)]
    (workshop,) = listed(schools)["workshops"]
    assert workshop["nextOccurrence"] == starts[2]


def test_called_off_twice_is_called_off_once(schools: Schools) -> None:
    """INV-11: the same answer, before and after its seats are given back; one message, one event for each seat."""
    made = free_workshop(schools, seats=5)
    crowd(made, 3)
    given_back, _ = booked(made, "early@example.com")
    staff.cancel(schools, given_back)
    replies = [call_off(schools, made["id"], reason=reason) for reason in ("ill", "still ill")]
    work(schools)
    first = tomorrow()
    with time_machine.travel(first + WEEK):
        replies.append(call_off(schools, made["id"], first))
    assert {reply.body for reply in replies} == {replies[0].body}
    assert result(replies[0]) == {"success": True, "bookings": 3}
    assert len(schools.messages("call_off")) == 1
    assert events(schools).count("BOOKING_CANCELLED") == 4


def letters_to_who_waited(schools: Schools) -> list[str]:
    """Who was told by e-mail, and of what, by five minutes later."""
    with time_machine.travel(clock.now() + timedelta(minutes=5)):
        sent = [f"{mail['To']}: {mail['Subject']}" for mail in delivered(schools)]
    return sorted(letter for letter in sent if "Called off" in letter)


def test_who_waits_for_it_is_told_once_and_waits_no_more(schools: Schools) -> None:
    """Whoever waits for another class goes on waiting."""
    made = free_workshop(schools, seats=1)
    for at in (tomorrow(), tomorrow() + WEEK):
        crowd(made, 1, at)
        join(made, "bo@example.com", at=at)
    join(made, "cy@example.com")
    called_off(schools, made)
    for minutes in (0, 1, 3):
        work(schools, minutes)
    subject = "Called off: Business English Workshop, Wed, Dec 2 at"
    bo, cy = letters_to_who_waited(schools)
    assert bo.startswith(f"bo@example.com: {subject}")
    assert cy.startswith(f"cy@example.com: {subject}")
    assert (waiting(schools), waiting(schools, tomorrow() + WEEK)) == ([], ["bo@example.com"])
    assert occupancy(schools, made).waiting is None


def test_who_waits_is_told_also_where_no_seat_is_left_to_give_back(schools: Schools) -> None:
    """The workshop is archived, so the seat that was free by then had not been offered."""
    made = free_workshop(schools, seats=1)
    uid, token = booked(made)
    join(made, "bo@example.com")
    update(schools, made["id"], status="archived")
    cancel(uid, token)
    work(schools, 3)
    assert waiting(schools) == ["bo@example.com"]
    called_off(schools, made)
    schools.run_workers(QUEUE)
    assert [letter.split(":")[0] for letter in letters_to_who_waited(schools)] == ["bo@example.com"]


def test_who_joins_in_the_moment_it_is_called_off_is_told_too(schools: Schools) -> None:
    """They had seen that it takes place."""
    made = free_workshop(schools, seats=1)
    crowd(made, 1)

    def call_it_off() -> None:
        called_off(schools, made)
        schools.run_workers(QUEUE)

    with meanwhile(call_it_off):
        assert join(made, "bo@example.com").status == 201
    assert waiting(schools) == ["bo@example.com"]
    work(schools, 3)
    assert [letter.split(":")[0] for letter in letters_to_who_waited(schools)] == ["bo@example.com"]
    assert waiting(schools) == []


def test_who_is_offered_a_seat_in_the_moment_it_is_called_off_is_told_too(schools: Schools) -> None:
    """INV-01: the claim's condition sees what the worker has not."""
    made = free_workshop(schools, seats=1)
    uid, token = booked(made)
    join(made, "bo@example.com")
    cancel(uid, token)

    def call_it_off(params: dict[str, Any], **_: Any) -> None:
        if "claim_" in str(params):
            seats.call_off(place(schools, made), clock.now())

    with hooked("provide-client-params.dynamodb.UpdateItem", call_it_off):
        schools.run_workers(QUEUE)
    assert offers(schools, "bo@example.com") == []
    assert [letter.split(":")[0] for letter in letters_to_who_waited(schools)] == ["bo@example.com"]


def test_one_that_cannot_be_given_back_now_stops_no_other_and_is_tried_again(
    schools: Schools, caplog: pytest.LogCaptureFixture
) -> None:
    """INV-20: also one that has lost its claim."""
    made = free_workshop(schools, seats=5)
    theirs = crowd(made, 4)
    seats.free(place(schools, made), theirs[1], cancelled=False)
    called_off(schools, made)

    def fail(params: dict[str, Any], **_: Any) -> None:
        if theirs[1] in str(params):
            raise RuntimeError("the table has a bad day")

    with hooked(f"provide-client-params.dynamodb.{COMMIT}", fail), caplog.at_level(logging.ERROR):
        work(schools)
    assert statuses(schools, theirs) == ["cancelled", "accepted", "cancelled", "cancelled"]
    assert [record.__dict__["uid"] for record in caplog.records if "called off" in record.message] == [theirs[1]]
    assert not is_done(schools)
    work(schools, minutes=1)
    assert statuses(schools, theirs) == ["cancelled"] * 4
    assert (events(schools).count("BOOKING_CANCELLED"), is_done(schools)) == (4, True)


@pytest.mark.parametrize("given_back", range(4))
def test_a_worker_that_dies_on_its_way_is_followed_by_one_that_goes_on(schools: Schools, given_back: int) -> None:
    """INV-20, INV-27: everybody is told exactly once, wherever it dies."""
    made = free_workshop(schools, seats=5)
    theirs = crowd(made, 3)
    schools.run_workers(QUEUE)
    called_off(schools, made)
    of_the_lease = 1
    with pytest.raises(Died), dying(f"after-call.dynamodb.{COMMIT}", of_the_lease + given_back - 1):
        schools.run_workers(QUEUE)
    assert statuses(schools, theirs).count("cancelled") == given_back
    for minutes in (5, 20):
        work(schools, minutes)
    assert statuses(schools, theirs) == ["cancelled"] * 3
    assert events(schools).count("BOOKING_CANCELLED") == 3
    assert (occupancy(schools, made).taken, is_done(schools)) == (0, True)


def test_who_dies_before_the_class_is_marked_has_called_it_off(schools: Schools) -> None:
    """INV-27: the duty is committed first."""
    made = free_workshop(schools)
    theirs = crowd(made, 2)
    with pytest.raises(Died), dying(f"after-call.dynamodb.{COMMIT}"):
        call_off(schools, made["id"])
    assert occupancy(schools, made).called_off_at is None
    work(schools)
    assert occupancy(schools, made).called_off_at
    assert statuses(schools, theirs) == ["cancelled"] * 2
    assert called_off(schools, made) == {"success": True, "bookings": 2}


def test_who_dies_before_the_duty_is_committed_has_changed_nothing(schools: Schools) -> None:
    made = free_workshop(schools)
    theirs = crowd(made, 1)
    with pytest.raises(Died), dying(f"before-call.dynamodb.{COMMIT}"):
        call_off(schools, made["id"])
    work(schools)
    assert (statuses(schools, theirs), occupancy(schools, made).called_off_at) == (["accepted"], None)


def test_a_booking_that_is_committed_after_the_worker_came_is_given_back_when_it_comes_again(schools: Schools) -> None:
    """INV-20: its seat was claimed before the class was called off."""
    made = free_workshop(schools)
    done = list[bool]()

    def interfere(params: dict[str, Any], **_: Any) -> None:
        if not done and "BOOKING_CREATED" in str(params):
            done.append(True)
            called_off(schools, made)
            schools.run_workers(QUEUE)

    with hooked(f"provide-client-params.dynamodb.{COMMIT}", interfere):
        uid, _ = booked(made)
    assert (statuses(schools, [uid]), is_done(schools)) == (["accepted"], False)
    work(schools, minutes=1)
    assert statuses(schools, [uid]) == ["cancelled"]
    work(schools, minutes=20)
    assert (occupancy(schools, made).taken, is_done(schools)) == (0, True)
    assert events(schools) == ["BOOKING_CREATED", "BOOKING_CANCELLED"]


def test_a_claim_whose_booking_never_comes_keeps_the_worker_coming_until_it_is_over(schools: Schools) -> None:
    made = free_workshop(schools)
    with pytest.raises(Died), dying(f"before-call.dynamodb.{COMMIT}"):
        book(made)
    assert called_off(schools, made) == {"success": True, "bookings": 0}
    work(schools)
    assert [claim.hold for claim in occupancy(schools, made).claims.values()] == [Hold.CLAIMED]
    assert not is_done(schools)
    for minutes in (1, 20):
        work(schools, minutes=minutes)
    assert (occupancy(schools, made).taken, is_done(schools)) == (0, True)


def test_a_booking_that_has_lost_its_claim_is_given_back_too(schools: Schools) -> None:
    """INV-20: the rows of the bookings are the truth."""
    made = free_workshop(schools)
    uid, _ = booked(made)
    seats.free(place(schools, made), uid, cancelled=False)
    assert called_off(schools, made)["bookings"] == 1
    work(schools)
    assert statuses(schools, [uid]) == ["cancelled"]


def test_who_moved_away_in_time_keeps_their_seat(schools: Schools) -> None:
    """INV-09: though their old claim had not been given back yet."""
    made = free_workshop(schools)
    uid, token = booked(made)
    with pytest.raises(Died), dying(f"after-call.dynamodb.{COMMIT}"):
        move(uid, token, tomorrow() + WEEK)
    schools._routed.update(message.id for message in schools.messages("settle"))
    assert called_off(schools, made) == {"success": True, "bookings": 0}
    work(schools)
    assert statuses(schools, [uid]) == ["accepted"]
    assert [occupancy(schools, made, tomorrow() + WEEK * week).taken for week in (0, 1)] == [0, 1]
    assert is_done(schools)


def test_a_hold_is_given_back_and_told_to_nobody(schools: Schools) -> None:
    """INV-17"""
    made = free_workshop(schools)
    hold = held(schools, made, "slow@example.com")
    called_off(schools, made)
    work(schools)
    assert (statuses(schools, [hold.uid]), events(schools)) == (["cancelled"], [])


def test_a_booked_class_that_the_schedule_has_no_time_for_any_more_can_be_called_off(schools: Schools) -> None:
    """Changing a schedule leaves what is booked."""
    sunday = datetime(2026, 12, 6, 9, tzinfo=UTC)
    workshop = opened(schools.academy)
    refused = call_off(schools, workshop.id, sunday)
    assert (refused.status, error(refused)["appCode"]) == (400, "VALIDATION_ERROR")
    seat = seated(workshop, sunday)
    assert result(call_off(schools, workshop.id, sunday))["bookings"] == 1
    work(schools)
    assert statuses(schools, [seat.uid]) == [BookingStatus.CANCELLED]


def test_only_a_class_to_come_can_be_called_off(schools: Schools) -> None:
    made = free_workshop(schools)
    theirs = crowd(made, 1)
    before = [row for row in schools.rows() if row["entity"] != "outbox"]
    for moment in (timedelta(hours=1), timedelta(milliseconds=1), -WEEK):
        reply = call_off(schools, made["id"], tomorrow() + moment)
        assert (reply.status, error(reply)["details"][0]["field"]) == (400, "startTime")
    with time_machine.travel(tomorrow(), tick=False):
        reply = call_off(schools, made["id"], tomorrow() - timedelta(days=1))
        assert (reply.status, error(reply)["appCode"]) == (409, "CONFLICT")
    assert [row for row in schools.rows() if row["entity"] != "outbox"] == before
    assert (schools.messages("call_off"), statuses(schools, theirs)) == ([], ["accepted"])


def test_a_teacher_calls_off_their_own_classes_only(schools: Schools) -> None:
    """INV-24"""
    made = free_workshop(schools, teacherId=schools.academy.users[Role.ADMIN]["id"])
    for role in (Role.MEMBER, Role.STUDENT):
        reply = call_off(schools, made["id"], role=role)
        assert (reply.status, error(reply)["appCode"]) == (403, "FORBIDDEN")
    assert occupancy(schools, made).called_off_at is None
    assert called_off(schools, made, role=Role.ADMIN)["success"]


@pytest.mark.parametrize("role", STAFF)
def test_another_schools_class_is_not_there_and_stays_as_it_is(schools: Schools, role: Role) -> None:
    """INV-23"""
    theirs, missing = opened(schools.studio, teacher=Role.OWNER), opened(schools.academy).id + 1
    seat = seated(theirs, clock.now() + WEEK)
    before = schools.rows()
    replies = [call_off(schools, one, seat.starts_at, role) for one in (theirs.id, missing)]
    assert replies[0] == replies[1]
    assert (replies[0].status, error(replies[0])["appCode"]) == (404, "WORKSHOP_NOT_FOUND")
    assert schools.rows() == before


def test_the_sample_event_is_taken(schools: Schools) -> None:
    made = free_workshop(schools)
    named = {"workshopId": made["id"], "startTime": tomorrow().astimezone(UTC)}
    sent = {**sample_input(staff.CALL_OFF), **named}
    assert result(schools.call(staff.CALL_OFF, schools.academy.cookie(Role.OWNER), sent=sent))["success"]
