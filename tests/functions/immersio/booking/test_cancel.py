"""immersio.booking.cancel"""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from immersio.access.model import Role
from kernel import clock, keys, table
from tests.support import staff, students
from tests.support.lists import hooked
from tests.support.money import Money
from tests.support.schools import Schools, error, gone, result, sample_input
from tests.support.seats import booked as seated
from tests.support.seats import opened
from tests.support.staff import cancel
from tests.support.students import (
    COMMIT,
    WEEK,
    Died,
    book,
    booked,
    dying,
    events,
    free_workshop,
    held,
    occupancy,
    read,
    stored_booking,
)
from tests.support.workshops import tomorrow

STAFF = {Role.OWNER: "tenant", Role.ADMIN: "tenant", Role.MEMBER: "teacher"}


pytestmark = pytest.mark.usefixtures("now")


def status(schools: Schools, uid: str) -> str:
    booking = stored_booking(schools, uid)
    assert booking
    return booking.status.value


@pytest.mark.parametrize("role", STAFF)
def test_a_seat_is_taken_back_and_immersio_learns_by_whom_and_why(schools: Schools, role: Role) -> None:
    made = free_workshop(schools, seats=1)
    uid, _ = booked(made)
    told = result(cancel(schools, uid, role, reason="The teacher is ill"))
    (as_listed,) = staff.listed(schools)["bookings"]
    assert told == {
        "success": True,
        "booking": as_listed,
        "refund": {"eligible": False, "withinWindow": True, "status": None, "amount": 0, "currency": None},
    }
    assert (as_listed["uid"], as_listed["status"]) == (uid, "cancelled")
    (event,) = schools.messages("BOOKING_CANCELLED")
    cancelled = event.payload["booking"]
    assert (cancelled["cancelledBy"], cancelled["cancellationReason"]) == (STAFF[role], "The teacher is ill")
    assert book(made, "bo@example.com").status == 201


def test_what_was_paid_goes_back_however_late_it_is(schools: Schools, money: Money) -> None:
    """INV-20, INV-21: a student would get nothing any more."""
    uid, _ = money.bought(money.workshop())
    with time_machine.travel(tomorrow() - timedelta(minutes=1)):
        told = result(cancel(schools, uid))
    assert told["refund"] == {
        "eligible": True,
        "withinWindow": False,
        "status": "completed",
        "amount": 1500,
        "currency": "EUR",
    }
    assert told["booking"]["refund"] == {"status": "completed", "amount": 1500, "currency": "EUR"}
    assert [refund["amount"] for refund in money.refunds()] == [1500]


def test_a_double_click_cancels_once(schools: Schools, money: Money) -> None:
    """INV-11: the same answer, one event, one refund, and a seat that is freed once though somebody has it by then."""
    made = money.workshop(seats=1)
    uid, _ = money.bought(made)
    first = cancel(schools, uid, reason="ill")
    as_it_was = stored_booking(schools, uid)
    money.bought(made, "bo@example.com")
    with time_machine.travel(tomorrow() - timedelta(minutes=1)):
        again = cancel(schools, uid, Role.OWNER, reason="another reason")
    assert (again.status, again.body, stored_booking(schools, uid)) == (200, first.body, as_it_was)
    schools.run_workers()
    assert events(schools).count("BOOKING_CANCELLED") == 1
    assert len(money.refunds()) == 1
    assert (occupancy(schools, made).taken, occupancy(schools, made).cancelled) == (1, 1)


def test_a_student_and_the_teacher_who_cancel_at_the_same_moment_cancel_once(schools: Schools) -> None:
    """INV-11: the teacher has read the booking before the student's commit."""
    made = free_workshop(schools)
    uid, token = booked(made)
    replies = list[Any]()

    def interfere(params: dict[str, Any], **_: Any) -> None:
        if not replies and "BOOKING_CANCELLED" in str(params):
            replies.append(None)
            replies[0] = students.cancel(uid, token, reason="the student's")

    with hooked(f"provide-client-params.dynamodb.{COMMIT}", interfere):
        late = cancel(schools, uid, reason="the teacher's")
    assert replies[0].status == late.status == 200
    (event,) = schools.messages("BOOKING_CANCELLED")
    assert event.payload["booking"]["cancellationReason"] == "the student's"
    assert (occupancy(schools, made).taken, occupancy(schools, made).cancelled) == (0, 1)


def test_one_seat_is_freed_and_the_others_stay(schools: Schools) -> None:
    """INV-09, INV-20: of the same class and of others."""
    made = free_workshop(schools)
    uid, _ = booked(made)
    others = [booked(made, "bo@example.com"), booked(made, at=tomorrow() + WEEK)]
    cancel(schools, uid)
    assert [read(*other).json["booking"]["status"] for other in others] == ["accepted"] * 2
    assert [occupancy(schools, made, tomorrow() + WEEK * week).taken for week in (0, 1)] == [1, 1]


def test_a_seat_that_is_only_held_is_given_back_and_told_to_nobody(schools: Schools) -> None:
    """INV-17"""
    made = free_workshop(schools)
    hold = held(schools, made, "slow@example.com")
    assert result(cancel(schools, hold.uid))["booking"]["status"] == "cancelled"
    assert (occupancy(schools, made).taken, events(schools)) == (0, [])


def test_once_the_class_has_started_nothing_is_taken_back(schools: Schools) -> None:
    uid, _ = booked(free_workshop(schools))
    with time_machine.travel(tomorrow(), tick=False):
        reply = cancel(schools, uid)
        assert (reply.status, error(reply)["appCode"], status(schools, uid)) == (409, "CONFLICT", "accepted")
    with time_machine.travel(tomorrow() - timedelta(milliseconds=1), tick=False):
        assert cancel(schools, uid).status == 200


def test_a_teacher_takes_back_seats_of_their_own_workshops_only(schools: Schools) -> None:
    """INV-24"""
    uid, _ = booked(free_workshop(schools, teacherId=schools.academy.users[Role.ADMIN]["id"]))
    reply = cancel(schools, uid)
    assert (reply.status, error(reply)["appCode"], status(schools, uid)) == (403, "FORBIDDEN", "accepted")
    assert cancel(schools, uid, Role.STUDENT).status == 403
    assert status(schools, uid) == "accepted"
    assert cancel(schools, uid, Role.ADMIN).status == 200


@pytest.mark.parametrize("role", STAFF)
def test_another_schools_booking_is_not_there_and_stays_as_it_is(schools: Schools, role: Role) -> None:
    """INV-23"""
    theirs = seated(opened(schools.studio, teacher=Role.OWNER), clock.now() + WEEK)
    before = schools.rows()
    replies = [cancel(schools, uid, role) for uid in (theirs.uid, "booking_of_nobody")]
    assert replies[0] == replies[1]
    assert (replies[0].status, error(replies[0])["appCode"]) == (404, "BOOKING_NOT_FOUND")
    assert schools.rows() == before


def test_a_workshop_or_a_school_that_is_gone_is_said_to_be(schools: Schools) -> None:
    made = free_workshop(schools)
    uid, _ = booked(made)
    row = keys.workshop(schools.academy.tenant_id, made["id"])
    found = table.get(row)
    assert found
    table.write(table.Delete(key=row))
    reply = cancel(schools, uid)
    assert (reply.status, error(reply)["appCode"]) == (404, "WORKSHOP_NOT_FOUND")
    table.write(table.Put(item=found))
    gone(schools.academy)
    reply = cancel(schools, uid)
    assert (reply.status, error(reply)["appCode"]) == (404, "TENANT_NOT_FOUND")
    assert status(schools, uid) == "accepted"


def test_a_cancellation_that_dies_after_its_commit_is_completed(schools: Schools) -> None:
    """INV-27"""
    made = free_workshop(schools)
    uid, _ = booked(made)
    with pytest.raises(Died), dying(f"after-call.dynamodb.{COMMIT}"):
        cancel(schools, uid)
    assert occupancy(schools, made).taken == 1
    schools.run_workers("immersio-seats")
    assert (occupancy(schools, made).taken, status(schools, uid)) == (0, "cancelled")


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"reason": ""}, "reason: must have at least 1 character"),
        ({"reason": "x" * 201}, "reason: must have at most 200 characters"),
        ({"reason": None}, "reason: must be text"),
        ({"uid": "two words"}, "uid: "),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused(schools: Schools, sent: dict[str, Any], message: str) -> None:
    uid, _ = booked(free_workshop(schools))
    reply = cancel(schools, **{"uid": uid, **sent})
    assert (reply.status, error(reply)["appCode"], status(schools, uid)) == (400, "VALIDATION_ERROR", "accepted")
    assert reply.json["error"]["json"]["message"].startswith(message)


def test_the_sample_event_is_taken(schools: Schools) -> None:
    uid, _ = booked(free_workshop(schools))
    assert result(cancel(schools, **{**sample_input(staff.CANCEL), "uid": uid}))["success"]
