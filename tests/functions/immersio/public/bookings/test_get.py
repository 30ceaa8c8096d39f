"""GET /api/v1/public/bookings/{uid}"""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from kernel import clock
from tests.support.schools import Schools, gone
from tests.support.students import ADA, WEEK, booked, cancel, free_workshop, read, stored_booking
from tests.support.workshops import tomorrow

FREE = {"eligible": False, "status": None, "amount": 0, "currency": None}


pytestmark = pytest.mark.usefixtures("now")


def test_a_student_reads_their_own_booking(schools: Schools) -> None:
    uid, token = booked(free_workshop(schools))
    found = read(uid, token)
    booking = stored_booking(schools, uid)
    assert booking
    assert found.status == 200
    assert found.json == {
        "booking": {
            "id": booking.id,
            "uid": uid,
            "status": "accepted",
            "title": "Business English Workshop",
            "startTime": clock.iso(tomorrow()),
            "endTime": clock.iso(tomorrow() + timedelta(hours=1)),
            "paid": False,
        },
        "attendee": ADA,
        "payment": None,
        "refund": {**FREE, "withinWindow": booking.is_within_window(clock.now())},
    }


def test_a_cancelled_booking_can_still_be_read(schools: Schools) -> None:
    uid, token = booked(free_workshop(schools))
    cancel(uid, token)
    assert read(uid, token).json["booking"]["status"] == "cancelled"


def test_the_refund_window_is_told_to_the_second(schools: Schools) -> None:
    """INV-21: what is said of the window is what cancelling goes by; a free seat is never refunded."""
    uid, token = booked(free_workshop(schools, refundWindowHours=10))
    at_the_edge = tomorrow() - timedelta(hours=10)
    told = list[Any]()
    for seconds in (-1, 0, 1):
        with time_machine.travel(at_the_edge + timedelta(seconds=seconds), tick=False):
            told.append(read(uid, token).json["refund"])
    assert told == [{**FREE, "withinWindow": within} for within in (True, True, False)]


@pytest.mark.parametrize("token", ["manage_x", "manage_", "x" * 200, "mänage", "0"])
def test_a_uid_without_its_token_shows_nothing(schools: Schools, token: str) -> None:
    """INV-24: it is answered as a booking that is not there."""
    uid, _ = booked(free_workshop(schools))
    refused, missing = read(uid, token), read(uid[:-1] + ("0" if uid[-1] != "0" else "1"), token)
    assert (refused.status, refused.json["code"], refused) == (404, "BOOKING_NOT_FOUND", missing)


def test_a_token_is_asked_for(schools: Schools) -> None:
    """INV-24"""
    uid, _ = booked(free_workshop(schools))
    for token in (None, ""):
        refused = read(uid, token)
        assert (refused.status, refused.json["details"][0]["field"]) == (400, "token")


def test_a_token_shows_its_own_booking_only(schools: Schools) -> None:
    """INV-24: neither the next seat of the class, nor one's own in another."""
    made = free_workshop(schools)
    _, token = booked(made)
    neighbour, _ = booked(made, "bo@example.com")
    next_week, _ = booked(made, at=tomorrow() + WEEK)
    assert [read(other, token).json["code"] for other in (neighbour, next_week)] == ["BOOKING_NOT_FOUND"] * 2


def test_a_uid_that_names_another_school_finds_nothing(schools: Schools) -> None:
    """INV-24"""
    uid, token = booked(free_workshop(schools))
    elsewhere = uid.replace(f"_{schools.academy.tenant_id:x}_", f"_{schools.studio.tenant_id:x}_")
    assert elsewhere != uid
    assert read(elsewhere, token).json["code"] == "BOOKING_NOT_FOUND"


@pytest.mark.parametrize("uid", ["booking_1", "BOOKING", "1", "booking_0_" + "0" * 32, "booking_1_" + "G" * 32])
def test_what_is_no_uid_is_not_there(schools: Schools, uid: str) -> None:
    reply = read(uid, "manage_x")
    assert (reply.status, reply.json["code"]) == (404, "BOOKING_NOT_FOUND")


def test_a_field_that_is_not_known_is_named(schools: Schools) -> None:
    uid, token = booked(free_workshop(schools))
    reply = read(uid, f"{token}x")
    assert reply.status == 404
    assert read(uid, "x" * 201).json["details"][0]["field"] == "token"


def test_a_booking_of_a_school_that_is_gone_says_so(schools: Schools) -> None:
    uid, token = booked(free_workshop(schools))
    gone(schools.academy)
    refused = read(uid, token)
    assert (refused.status, refused.json["code"]) == (404, "TENANT_NOT_FOUND")
    assert "school" in refused.json["error"]


def test_a_public_endpoint_is_limited_by_address(schools: Schools) -> None:
    with time_machine.travel(clock.now(), tick=False):
        assert [read("booking_1", "x").status for _ in range(101)].count(429) == 1
