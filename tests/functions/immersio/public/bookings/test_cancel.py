"""POST /api/v1/public/bookings/{uid}/cancel"""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from immersio.access.model import Role
from immersio.booking.links import manage_token
from kernel import clock
from tests.support.lists import hooked
from tests.support.schools import Schools, gone
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
    occupancy,
    read,
    stored_booking,
)
from tests.support.workshops import tomorrow

pytestmark = pytest.mark.usefixtures("now")


def test_a_seat_is_given_back_and_the_next_one_gets_it(schools: Schools) -> None:
    made = free_workshop(schools, seats=1)
    uid, token = booked(made)
    reply = cancel(uid, token, reason="Schedule conflict")
    booking = stored_booking(schools, uid)
    assert booking
    assert booking.cancellation
    assert (reply.status, reply.json) == (
        200,
        {
            "success": True,
            "booking": {**read(uid, token).json["booking"], "status": "cancelled"},
            "refund": {
                "eligible": False,
                "withinWindow": booking.cancellation.within_window,
                "status": None,
                "amount": 0,
                "currency": None,
            },
        },
    )
    assert book(made, "bo@example.com").status == 201


def test_immersio_is_told_as_specified(schools: Schools) -> None:
    """INV-27: after it was told of the booking, with a higher sequence."""
    made = free_workshop(schools)
    start = tomorrow()
    with time_machine.travel(start - timedelta(hours=13)) as time:
        uid, token = booked(made, at=start)
        time.shift(timedelta(seconds=1))
        now = clock.now()
        time.move_to(now, tick=False)
        told = cancel(uid, token, reason="Schedule conflict").json["booking"]
        schools.run_workers()
    received = [one for one in schools.sink.received if one.json["event"].startswith("BOOKING_")]
    assert [one.json["event"] for one in received] == ["BOOKING_CREATED", "BOOKING_CANCELLED"]
    assert received[1].json["data"] == {
        "booking": {
            "id": told["id"],
            "uid": uid,
            "workshopId": made["id"],
            "cancelledAt": clock.iso_seconds(now),
            "cancelledBy": "student",
            "cancellationReason": "Schedule conflict",
        },
        "refund": {
            "eligible": False,
            "withinWindow": True,
            "status": None,
            "amount": 0,
            "currency": None,
            "stripeRefundId": None,
        },
        "tenant": {"id": schools.academy.tenant_id, "slug": "language-academy"},
    }
    assert [message.sequence for message in schools.messages("BOOKING_")] == [1, 2]


def test_the_school_counts_a_cancellation_once(schools: Schools) -> None:
    uid, token = booked(free_workshop(schools))
    for _ in range(2):
        cancel(uid, token)
    schools.run_workers()
    cookie = schools.academy.cookie(Role.OWNER)
    reply = schools.call("immersio.tenant.getStats", cookie, sent={"period": "month"})
    assert reply.json["result"]["data"]["json"]["cancelledBookings"] == 1


def test_a_double_click_cancels_once(schools: Schools) -> None:
    """INV-11: the same answer, one event, and a seat that is freed once though somebody has it by then."""
    made = free_workshop(schools, seats=1)
    uid, token = booked(made)
    first = cancel(uid, token, reason="ill")
    booked(made, "bo@example.com")
    again = cancel(uid, token, reason="another reason", requireRefund=True)
    assert (again.status, again.json) == (200, first.json)
    assert events(schools).count("BOOKING_CANCELLED") == 1
    assert (occupancy(schools, made).taken, occupancy(schools, made).cancelled) == (1, 1)


def test_two_who_cancel_at_the_same_moment_cancel_once(schools: Schools) -> None:
    """INV-11: the second has read the booking before the first commits."""
    made = free_workshop(schools)
    uid, token = booked(made)
    replies = list[Any]()

    def interfere(params: dict[str, Any], **_: Any) -> None:
        if not replies and "BOOKING_CANCELLED" in str(params):
            replies.append(None)
            replies[0] = cancel(uid, token, reason="the first")

    with hooked(f"provide-client-params.dynamodb.{COMMIT}", interfere):
        late = cancel(uid, token, reason="the second")
    assert late == replies[0]
    assert events(schools).count("BOOKING_CANCELLED") == 1
    assert (occupancy(schools, made).taken, occupancy(schools, made).cancelled) == (0, 1)


def test_one_seat_is_freed_and_the_others_stay(schools: Schools) -> None:
    """INV-09, INV-24: of the same class and of others."""
    made = free_workshop(schools)
    uid, token = booked(made)
    others = [booked(made, "bo@example.com"), booked(made, at=tomorrow() + WEEK)]
    cancel(uid, token)
    assert [read(*other).json["booking"]["status"] for other in others] == ["accepted"] * 2
    assert [occupancy(schools, made, tomorrow() + WEEK * week).taken for week in (0, 1)] == [1, 1]


def test_a_uid_without_its_token_cancels_nothing(schools: Schools) -> None:
    """INV-24: nor does the token of another seat, or a uid that names another school; nothing is written."""
    made = free_workshop(schools)
    uid, token = booked(made)
    _, other_token = booked(made, "bo@example.com")
    elsewhere = uid.replace(f"_{schools.academy.tenant_id:x}_", f"_{schools.studio.tenant_id:x}_")
    rows = schools.rows()
    refused = [cancel(uid, "manage_x"), cancel(uid, other_token), cancel(elsewhere, token), cancel("booking_1", token)]
    assert {(one.status, one.json["code"], one.body) for one in refused} == {
        (404, "BOOKING_NOT_FOUND", refused[0].body)
    }
    assert schools.rows() == rows


def test_a_class_that_has_started_keeps_its_students(schools: Schools) -> None:
    made = free_workshop(schools)
    uid, token = booked(made)
    start, rows = tomorrow(), schools.rows()
    with time_machine.travel(start, tick=False):
        late = cancel(uid, token)
    assert (late.status, late.json["code"], schools.rows()) == (409, "CONFLICT", rows)
    with time_machine.travel(start - timedelta(milliseconds=1), tick=False):
        assert cancel(uid, token).status == 200


def test_after_the_start_a_cancellation_still_answers_as_the_first_time(schools: Schools) -> None:
    """INV-11"""
    uid, token = booked(free_workshop(schools))
    first, start = cancel(uid, token), tomorrow()
    with time_machine.travel(start + timedelta(days=1)):
        assert cancel(uid, token) == first


def test_who_wants_their_money_back_or_not_to_cancel_is_told(schools: Schools) -> None:
    uid, token = booked(free_workshop(schools))
    rows = schools.rows()
    refused = cancel(uid, token, requireRefund=True)
    assert (refused.status, refused.json["code"], schools.rows()) == (400, "REFUND_NOT_ELIGIBLE", rows)
    assert cancel(uid, token, requireRefund=False).status == 200


@pytest.mark.parametrize(("hours", "is_late"), [(24, False), (24 - 1 / 3600, True)])
def test_a_late_cancellation_is_marked(schools: Schools, hours: float, is_late: bool) -> None:
    uid, token = booked(free_workshop(schools, cancellationNoticeHours=24))
    with time_machine.travel(tomorrow() - timedelta(hours=hours), tick=False):
        cancel(uid, token)
    booking = stored_booking(schools, uid)
    assert booking
    assert booking.cancellation
    assert booking.cancellation.is_late is is_late


def test_a_hold_that_is_given_back_was_never_a_booking(schools: Schools) -> None:
    """INV-17: Immersio did not hear of it, so it does not hear of its end."""
    made = free_workshop(schools, seats=1)
    hold = held(schools, made, "slow@example.com")
    assert cancel(hold.uid, manage_token(hold.uid)).status == 200
    assert (events(schools), occupancy(schools, made).taken) == ([], 0)


@pytest.mark.parametrize("moment", ["before-call", "after-call"])
def test_a_cancellation_that_dies_has_happened_or_has_not(schools: Schools, moment: str) -> None:
    """INV-27: of one that was committed the worker frees the seat; of one that was not, nobody is told."""
    made = free_workshop(schools, seats=1)
    uid, token = booked(made)
    with pytest.raises(Died), dying(f"{moment}.dynamodb.{COMMIT}"):
        cancel(uid, token)
    assert occupancy(schools, made).taken == 1
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        schools.sweep()
        schools.run_workers()
    happened = moment == "after-call"
    assert occupancy(schools, made).taken == (0 if happened else 1)
    assert events(schools).count("BOOKING_CANCELLED") == happened
    assert book(made, "bo@example.com").status == (201 if happened else 409)


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({"token": None}, "token", ""),
        ({"token": ""}, "token", "1 character"),
        ({"token": 7}, "token", "text"),
        ({"token": "x" * 201}, "token", "200"),
        ({"reason": "x" * 201}, "reason", "200"),
        ({"reason": " "}, "reason", "1 character"),
        ({"reason": "a\nb"}, "reason", "one line"),
        ({"requireRefund": "perhaps"}, "requireRefund", "must be true or false"),
        ({"uid": "booking_1"}, "uid", ""),
    ],
)
def test_what_breaks_a_rule_is_refused_by_name(schools: Schools, body: dict[str, Any], field: str, rule: str) -> None:
    uid, token = booked(free_workshop(schools))
    rows = schools.rows()
    refused = cancel(uid, None, **{"token": token, **body})
    assert (refused.status, refused.json["code"], schools.rows()) == (400, "VALIDATION_ERROR", rows)
    (detail,) = refused.json["details"]
    assert detail["field"] == field
    assert rule in detail["message"]


def test_a_booking_of_a_school_that_is_gone_says_so(schools: Schools) -> None:
    uid, token = booked(free_workshop(schools))
    gone(schools.academy)
    refused = cancel(uid, token)
    assert (refused.status, refused.json["code"]) == (404, "TENANT_NOT_FOUND")
    assert "school" in refused.json["error"]


def test_a_public_endpoint_is_limited_by_address(schools: Schools) -> None:
    with time_machine.travel(clock.now(), tick=False):
        assert [cancel("booking_1", "x").status for _ in range(101)].count(429) == 1
