"""GET /api/v1/public/bookings/{uid}/calendar.ics"""

from collections.abc import Iterator

import pytest
import time_machine

from immersio.booking import links
from kernel import clock
from tests.support.calendar_files import read_strictly
from tests.support.schools import Schools, gone
from tests.support.students import WEEK, booked, calendar_file, cancel, free_workshop, held, stored_booking
from tests.support.workshops import tomorrow


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    """No midnight comes in the middle of a test."""
    with time_machine.travel("2026-12-01T08:00:00Z", tick=False):
        yield


def event(uid: str, token: str) -> dict[str, str]:
    reply = calendar_file(uid, token)
    assert reply.status == 200, reply.body
    return read_strictly(reply.body.encode())


def test_a_student_saves_their_seat_as_a_file(schools: Schools) -> None:
    """INV-33: it invites nobody, so that whoever opens it keeps it."""
    uid, token = booked(free_workshop(schools))
    reply = calendar_file(uid, token)
    of_the_file = {name: value for name, value in reply.headers.items() if not name.startswith("ratelimit")}
    assert of_the_file == {
        "content-type": "text/calendar; charset=utf-8",
        "content-disposition": 'attachment; filename="class.ics"',
        "cache-control": "private, no-store",
        "x-content-type-options": "nosniff",
    }
    found = read_strictly(reply.body.encode())
    assert found["UID"] == f"{uid}@bookings.immersio"
    assert (found["METHOD"], found["STATUS"], found["SEQUENCE"]) == ("PUBLISH", "CONFIRMED", "1")
    assert found["DTSTART"] == f"{tomorrow():%Y%m%d}T160000Z"
    assert found["SUMMARY"] == "Business English Workshop"
    assert found["LOCATION"] == found["URL"] == "https://zoom.us/j/123456"
    assert found["ORGANIZER"] == "mailto:mei@language-academy.example"


def test_the_file_gives_nobody_the_right_to_the_seat(schools: Schools) -> None:
    """INV-24: calendars are shown to others."""
    uid, token = booked(free_workshop(schools))
    unfolded = calendar_file(uid, token).body.replace("\r\n ", "")
    assert token not in unfolded
    assert "ada@example.com" not in unfolded


def test_a_cancelled_seat_is_saved_as_such(schools: Schools) -> None:
    """INV-33: the same UID, and a higher SEQUENCE, so that it takes the class out of the calendar."""
    uid, token = booked(free_workshop(schools))
    before = event(uid, token)
    cancel(uid, token)
    after = event(uid, token)
    assert (after["METHOD"], after["STATUS"], after["UID"]) == ("PUBLISH", "CANCELLED", before["UID"])
    assert int(after["SEQUENCE"]) == int(before["SEQUENCE"]) + 1


def test_a_seat_that_is_held_is_tentative_until_the_hold_is_over(schools: Schools) -> None:
    """INV-12: decided when it is read."""
    booking = held(schools, free_workshop(schools), "ada@example.com", minutes=15)
    token = links.manage_token(booking.uid)
    assert event(booking.uid, token)["STATUS"] == "TENTATIVE"
    assert booking.hold_until
    with time_machine.travel(booking.hold_until, tick=False):
        assert event(booking.uid, token)["STATUS"] == "CANCELLED"


def test_the_way_into_the_class_is_only_in_the_file_of_a_seat_that_is_theirs(schools: Schools) -> None:
    """Who booked a paid class and did not pay, or has their money back, came in by the link in their file."""
    made = free_workshop(schools)
    unpaid = held(schools, made, "bo@example.com", minutes=15)
    uid, token = booked(made)
    assert "zoom.us" in calendar_file(uid, token).body
    cancel(uid, token)
    for file in (calendar_file(uid, token), calendar_file(unpaid.uid, links.manage_token(unpaid.uid))):
        assert (file.status, "zoom.us" in file.body) == (200, False)
        assert read_strictly(file.body.encode())["LOCATION"] == "Zoom"


@pytest.mark.parametrize("token", ["manage_x", "x" * 200, "mänage", "0"])
def test_a_uid_without_its_token_gives_no_file(schools: Schools, token: str) -> None:
    """INV-24: it is answered as a booking that is not there."""
    uid, _ = booked(free_workshop(schools))
    assert stored_booking(schools, uid)
    refused, missing = calendar_file(uid, token), calendar_file("booking_1", token)
    assert (refused.status, refused.json["code"], refused) == (404, "BOOKING_NOT_FOUND", missing)


def test_a_token_gives_the_file_of_its_own_booking_only(schools: Schools) -> None:
    """INV-24"""
    made = free_workshop(schools)
    _, token = booked(made)
    next_week, _ = booked(made, at=tomorrow() + WEEK)
    assert calendar_file(next_week, token).json["code"] == "BOOKING_NOT_FOUND"


def test_a_token_is_asked_for(schools: Schools) -> None:
    uid, _ = booked(free_workshop(schools))
    refused = calendar_file(uid, None)
    assert (refused.status, refused.json["details"][0]["field"]) == (400, "token")


def test_a_booking_of_a_school_that_is_gone_says_so(schools: Schools) -> None:
    uid, token = booked(free_workshop(schools))
    gone(schools.academy)
    refused = calendar_file(uid, token)
    assert (refused.status, refused.json["code"]) == (404, "TENANT_NOT_FOUND")
    assert "school" in refused.json["error"]


def test_a_public_endpoint_is_limited_by_address(schools: Schools) -> None:
    with time_machine.travel(clock.now(), tick=False):
        assert [calendar_file("booking_1", "x").status for _ in range(101)].count(429) == 1
