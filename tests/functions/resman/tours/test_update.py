"""PUT /api/resman/tours/{appointment_id}"""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from tests.support.world import Context, World, function, next_open_day


@pytest.fixture
def tour(world: World) -> str:
    return str(world.book().json["appointment_id"])


def test_a_tour_is_moved_with_its_guide_here_and_in_resman(world: World, tour: str) -> None:
    guide = world.tour(tour)["staff_member"]
    moved = world.update(tour, rescheduled_datetime=f"{next_open_day()}T16:00:00-06:00")

    assert (moved.status, moved.json["confirmed_datetime"]) == (200, f"{next_open_day()}T16:00:00-06:00")
    assert moved.json["staff_member"] == guide
    assert moved.json["resman_sync"] == "synced"
    (appointment,) = world.appointments()
    assert appointment["starts_at"].startswith(f"{next_open_day()}T22:00")


def test_a_time_without_offset_is_the_propertys_own(world: World, tour: str) -> None:
    moved = world.update(tour, rescheduled_datetime=f"{next_open_day()}T16:00")

    assert moved.json["confirmed_datetime"] == f"{next_open_day()}T16:00:00-06:00"


def test_the_old_time_is_free_again_and_the_new_one_taken(world: World) -> None:
    tour = world.book(property_id="cedar-row").json["appointment_id"]
    world.update(tour, rescheduled_datetime=f"{next_open_day()}T16:00")
    times = world.free_times(property_id="cedar-row")

    assert "14:00" in times
    assert "16:00" not in times


def test_moving_onto_a_taken_time_is_refused_with_alternatives_and_changes_nothing(world: World) -> None:
    tour = world.book(property_id="cedar-row").json["appointment_id"]
    world.book(property_id="cedar-row", prospect_email="grace@example.com", preferred_time="16:00")
    refused = world.update(tour, rescheduled_datetime=f"{next_open_day()}T16:00")

    assert (refused.status, refused.json["code"]) == (409, "SLOT_UNAVAILABLE")
    assert refused.json["details"]["alternatives"]
    assert world.tour(tour)["confirmed_datetime"] == f"{next_open_day()}T14:00:00-06:00"


def test_a_move_that_resman_rejects_is_undone_and_told(world: World) -> None:
    tour = world.book().json["appointment_id"]
    guides = [{**person, "id": f"gone-{person['id']}"} for person in world.property["staff"]]
    function("resman/operators/create_property")({**world.property, "staff": guides}, Context())
    world.fault(path="GetEmployees", status=503, times=1000)
    refused = world.update(tour, rescheduled_datetime=f"{next_open_day() + timedelta(days=1)}T16:00")

    assert (refused.status, refused.json["code"]) == (502, "RESMAN_REJECTED")
    assert world.tour(tour)["confirmed_datetime"] == f"{next_open_day()}T14:00:00-06:00"


def test_a_tour_takes_place_and_its_outcome_is_kept(world: World, tour: str) -> None:
    done = world.update(tour, status="completed", outcome="interested", staff_notes="Loved 4B.")

    assert (done.status, done.json["status"], done.json["outcome"]) == (200, "completed", "interested")
    (appointment,) = world.appointments()
    assert appointment["status"] == "Show"


def test_cancelling_never_marks_the_prospect_as_lost_in_resman(world: World, tour: str) -> None:
    world.update(tour, status="cancelled")

    (appointment,) = world.appointments()
    assert appointment["event_type"] == "Other"
    assert "Cancelled" in appointment["comments"]


@pytest.mark.parametrize(
    ("first", "then", "allowed"),
    [
        ("cancelled", "completed", []),
        ("completed", "cancelled", []),
        ("no_show", "completed", []),
        ("completed", "confirmed", []),
    ],
)
def test_a_final_state_is_not_left_again(world: World, tour: str, first: str, then: str, allowed: list[str]) -> None:
    world.update(tour, status=first)
    refused = world.update(tour, status=then)

    assert (refused.status, refused.json["code"]) == (409, "ILLEGAL_STATUS_CHANGE")
    assert refused.json["details"] == {"status": first, "allowed": allowed}
    assert world.tour(tour)["status"] == first


def test_a_tour_that_resman_has_not_taken_can_only_be_cancelled(world: World) -> None:
    world.fault(status=503, times=1000)
    tour = world.book().json["appointment_id"]
    refused = world.update(tour, status="completed")

    assert refused.status == 409
    assert refused.json["details"] == {"status": "pending_sync", "allowed": ["cancelled"]}


def test_the_same_status_again_changes_nothing(world: World, tour: str) -> None:
    world.update(tour, status="completed")
    owed = len(world.messages())

    assert world.update(tour, status="completed").status == 200
    assert len(world.messages()) == owed


def test_an_outcome_needs_a_tour_that_is_over(world: World, tour: str) -> None:
    refused = world.update(tour, outcome="interested")

    assert (refused.status, refused.json["code"]) == (409, "CONFLICT")
    assert "completed or no_show first" in refused.json["error"]


def test_a_cancelled_tour_cannot_be_moved(world: World, tour: str) -> None:
    world.update(tour, status="cancelled")

    assert world.update(tour, rescheduled_datetime=f"{next_open_day()}T16:00").json["code"] == "ILLEGAL_STATUS_CHANGE"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "at least one of"),
        ({"status": None}, "at least one of"),
        ({"rescheduled_datetime": "9999-12-31T23:00"}, "2000"),
        ({"rescheduled_datetime": "0001-01-01T00:00:00+14:00"}, "2000"),
        ({"status": "pending_sync"}, "confirmed"),
        ({"status": "Cancelled"}, "cancelled"),
        ({"outcome": "maybe"}, "interested"),
        ({"rescheduled_datetime": "tomorrow"}, "2026-12-01T14:30"),
        ({"rescheduled_datetime": 1_800_000_000}, "2026-12-01T14:30"),
        ({"rescheduled_datetime": "2020-01-06T14:00"}, "past"),
        ({"rescheduled_datetime": "2026-12-01T14:00", "status": "cancelled"}, "two requests"),
        ({"staff_note": "typo"}, "not known here"),
        ({"staff_notes": "x" * 2001}, "2000"),
    ],
)
def test_bad_input_is_a_400_that_says_what_to_send(
    world: World, tour: str, changes: dict[str, Any], words: str
) -> None:
    refused = world.update(tour, **changes)

    assert (refused.status, refused.json["code"]) == (400, "VALIDATION_ERROR")
    assert words in refused.json["error"]


def test_another_accounts_tour_is_not_there_and_stays_as_it_is(world: World, tour: str) -> None:
    """INV-23 for tours: and nothing is written."""
    own_key, world.api_key = world.api_key, world.other_api_key
    refused = world.update(tour, status="cancelled")
    world.api_key = own_key

    assert (refused.status, refused.json["code"]) == (404, "NOT_FOUND")
    assert world.tour(tour)["status"] == "confirmed"


def test_while_resman_is_down_a_change_is_kept_and_told_later(world: World, tour: str) -> None:
    world.fault(status=503, times=1000)
    changed = world.update(tour, status="cancelled")
    world.mend()

    assert (changed.status, changed.json["status"], changed.json["resman_sync"]) == (200, "cancelled", "pending")


def test_a_tour_can_be_cancelled_after_the_property_moved_to_another_zone(world: World, tour: str) -> None:
    """The diary is kept by the day the tour had when it was booked."""
    function("resman/operators/create_property")({**world.property, "timezone": "Asia/Tokyo"}, Context())

    assert world.update(tour, status="cancelled").json["status"] == "cancelled"


def test_a_tour_that_moved_away_and_back_is_reminded_of_once(world: World, tour: str) -> None:
    for time in ("16:00", "14:00"):
        world.update(tour, rescheduled_datetime=f"{next_open_day()}T{time}")
    world.run_workers()
    before = len(world.mail_to("ada@example.com"))
    with time_machine.travel(f"{next_open_day()}T18:30:00Z", tick=True):
        world.sweep()
        world.run_workers()

    reminders = world.mail_to("ada@example.com")[before:]
    assert len(reminders) == 2, "one 24 hours before and one 2 hours before, both due by now"


def test_a_guides_note_alone_does_not_disturb_anybody(world: World, tour: str) -> None:
    world.run_workers()
    mails = len(world.mail())
    world.update(tour, staff_notes="Prefers the third floor")
    world.run_workers()

    assert len(world.mail()) == mails
