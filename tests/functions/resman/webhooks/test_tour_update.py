"""POST /api/resman/webhooks/tour-update"""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel import clock, keys, table
from tests.support.world import World, next_open_day


@pytest.fixture
def tour(world: World) -> str:
    return str(world.book().json["appointment_id"])


def test_resmans_word_changes_the_tour_and_tells_the_prospect(world: World, tour: str) -> None:
    told = world.resman_tells(tour, "Cancelled")
    world.run_workers()

    assert (told.status, told.json) == (200, {"success": True, "processed": True})
    assert world.tour(tour)["status"] == "cancelled"
    assert any("cancel" in subject.lower() for subject in world.mail_to("ada@example.com"))


def test_a_move_by_resmans_staff_moves_our_claim_too(world: World) -> None:
    tour = world.book(property_id="cedar-row").json["appointment_id"]
    world.resman_tells(tour, "Scheduled", rescheduled_datetime=f"{next_open_day()}T10:00:00-06:00")

    assert world.tour(tour)["confirmed_datetime"] == f"{next_open_day()}T10:00:00-06:00"
    assert world.book(property_id="cedar-row", prospect_email="grace@example.com").status == 201
    taken = world.book(property_id="cedar-row", prospect_email="joan@example.com", preferred_time="10:00")
    assert taken.status == 409


def test_a_move_onto_taken_time_is_obeyed_because_resman_decides(world: World) -> None:
    tour = world.book(property_id="cedar-row").json["appointment_id"]
    other = world.book(property_id="cedar-row", prospect_email="grace@example.com", preferred_time="10:00").json
    told = world.resman_tells(tour, "Scheduled", rescheduled_datetime=f"{next_open_day()}T10:00:00-06:00")

    assert told.json["processed"] is True
    assert world.tour(tour)["confirmed_datetime"] == f"{next_open_day()}T10:00:00-06:00"
    world.update(tour, status="cancelled")
    still = world.book(property_id="cedar-row", prospect_email="joan@example.com", preferred_time="10:00")
    assert still.status == 409, f"the time still belongs to {other['appointment_id']}"


def test_a_self_guided_tour_moved_by_resman_takes_any_free_place(world: World) -> None:
    tours = [
        world.book(tour_type="self_guided", preferred_time=time, prospect_email=f"{time[:2]}@example.com").json
        for time in ("10:00", "12:00")
    ]
    at_ten = f"{next_open_day()}T10:00:00-06:00"
    world.resman_tells(tours[1]["appointment_id"], "Scheduled", rescheduled_datetime=at_ten)

    third = world.book(tour_type="self_guided", preferred_time="10:00", prospect_email="third@example.com")
    assert third.status == 409, "the capacity is two"


def test_time_that_resman_gave_twice_is_not_sold_a_third_time(world: World) -> None:
    """A tour that ResMan moved half onto taken time holds nothing in our diary, but its guide is busy all the same."""
    world.book(property_id="cedar-row", prospect_email="grace@example.com", preferred_time="13:00")
    tour = world.book(property_id="cedar-row", preferred_time="10:00").json["appointment_id"]
    half_past = f"{next_open_day()}T13:30:00-06:00"
    world.resman_staff("_change", appointment_id=tour, status="Scheduled", starts_at=half_past)
    world.resman_tells(tour, "Scheduled", rescheduled_datetime=half_past)

    assert world.book(property_id="cedar-row", prospect_email="joan@example.com").status == 409


def test_what_resman_tells_without_a_new_status_has_a_sequence_of_its_own(world: World, tour: str) -> None:
    """INV-27: a receiver that drops what is not newer must not lose the outcome."""
    world.resman_tells(tour, "Show")
    world.resman_tells(tour, "Show", outcome="interested")

    sequences = [message.sequence for message in world.messages("tour.updated")]
    assert len(set(sequences)) == len(sequences)


def test_an_update_older_than_what_is_stored_is_ignored(world: World, tour: str) -> None:
    """INV-36"""
    world.resman_tells(tour, "Scheduled", staff_notes="new", at=clock.now())
    old = world.resman_tells(tour, "Cancelled", at=clock.now() - timedelta(seconds=30))

    assert (old.status, old.json["processed"]) == (200, False)
    assert world.tour(tour)["status"] == "confirmed"


def test_the_same_update_again_has_no_effect(world: World, tour: str) -> None:
    """INV-30: 200 and no effect."""
    at = clock.now()
    first = world.resman_tells(tour, "Show", at=at)
    owed = len(world.messages())
    again = world.resman_tells(tour, "Show", at=at)

    assert (first.json["processed"], again.json["processed"]) == (True, False)
    assert len(world.messages()) == owed


def test_an_unknown_status_is_kept_as_it_came_and_changes_nothing(
    world: World, tour: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """INV-36: kept, logged and alarmed, never guessed."""
    told = world.resman_tells(tour, "Waiting for Godot")

    assert told.status == 200
    assert world.tour(tour)["status"] == "confirmed"
    assert world.tour(tour)["resman_status"] == "Waiting for Godot"
    assert "UnknownResmanStatus" in capsys.readouterr().out
    assert "unknown ResMan status" in caplog.messages


@pytest.mark.parametrize("final", ["completed", "cancelled", "no_show"])
def test_final_states_are_not_reopened_by_late_updates(world: World, tour: str, final: str) -> None:
    """INV-36"""
    world.update(tour, status=final)
    for word in ("Scheduled", "Show", "Cancelled", "No Show"):
        world.resman_tells(tour, word, at=clock.now() + timedelta(seconds=5))

    assert world.tour(tour)["status"] == final


def test_an_update_from_the_future_does_not_silence_later_ones(world: World, tour: str) -> None:
    world.resman_tells(tour, "Scheduled", staff_notes="hm", at=clock.now() + timedelta(days=400))

    assert world.resman_tells(tour, "Show").json["processed"] is True


def test_a_tour_handed_to_a_colleague_in_resman_has_the_new_guide(world: World, tour: str) -> None:
    update = {
        "appointment_id": tour,
        "status": "Scheduled",
        "updated_fields": {},
        "staff_member": "Sam Whitfield",
        "timestamp": clock.iso(clock.now()),
    }
    world.signed(json.dumps(update))

    assert world.tour(tour)["staff_member"] == "Sam Whitfield"


def test_an_appointment_that_is_not_ours_is_404_so_that_it_is_sent_again(world: World) -> None:
    refused = world.resman_tells("tour_unknown", "Show")

    assert (refused.status, refused.json["code"]) == (404, "NOT_FOUND")
    assert "tour_unknown" in refused.json["error"]


def _told(tour: str) -> str:
    return json.dumps(
        {"appointment_id": tour, "status": "Cancelled", "updated_fields": {}, "timestamp": clock.iso(clock.now())}
    )


@pytest.mark.parametrize(
    "signed",
    [
        {"secret": "another secret"},
        {"timestamp": "yesterday"},
        {"timestamp": "-1"},
        {"timestamp": "1e9"},
        {"timestamp": "９９"},
        {"timestamp": "five minutes ago"},
        {"x-webhook-signature": ""},
        {"x-webhook-signature": "é"},
        {"x-webhook-timestamp": ""},
    ],
)
def test_a_bad_signature_or_timestamp_is_refused_and_nothing_is_written(
    world: World, tour: str, signed: dict[str, str]
) -> None:
    """INV-30"""
    before = world.rows()
    refused = world.signed(_told(tour), **signed)

    assert (refused.status, refused.json["code"]) == (401, "INVALID_WEBHOOK_SIGNATURE")
    assert world.rows() == before


@pytest.mark.parametrize("seconds", [-302, 320])
def test_a_timestamp_over_300_seconds_off_is_refused_and_nothing_is_written(
    world: World, tour: str, seconds: int
) -> None:
    """INV-30: either way."""
    before = world.rows()
    refused = world.signed(_told(tour), timestamp=str(clock.epoch(clock.now()) + seconds))

    assert (refused.status, refused.json["code"]) == (401, "INVALID_WEBHOOK_SIGNATURE")
    assert world.rows() == before


def test_a_timestamp_up_to_300_seconds_off_is_accepted_either_way(world: World, tour: str) -> None:
    """INV-30"""
    for seconds in (-295, 295):
        assert world.signed(_told(tour), timestamp=str(clock.epoch(clock.now()) + seconds)).status == 200


def test_the_signature_may_carry_its_algorithm_in_front(world: World, tour: str) -> None:
    from kernel import signatures
    from tests.support.world import WEBHOOK_SECRET

    body, now = _told(tour), clock.epoch(clock.now())
    signature = "sha256=" + signatures.sign(WEBHOOK_SECRET, now, body.encode())

    assert world.signed(body, **{"x-webhook-signature": signature}).status == 200


@given(position=st.integers(min_value=0, max_value=10_000), bit=st.integers(min_value=0, max_value=6))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_altered_byte_is_refused(world: World, position: int, bit: int) -> None:
    """INV-30: one altered byte."""
    from kernel import signatures
    from tests.support.world import WEBHOOK_SECRET

    body, now = _told("tour_x"), clock.epoch(clock.now())
    signature = signatures.sign(WEBHOOK_SECRET, now, body.encode())
    altered = bytearray(body.encode())
    altered[position % len(altered)] ^= 1 << bit
    refused = world.signed(altered.decode("latin-1"), timestamp=str(now), **{"x-webhook-signature": signature})

    assert refused.status == 401


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"appointment_id": 5},
        {"appointment_id": "tour_x", "status": "Show", "updated_fields": [], "timestamp": "2026-12-01T10:00:00Z"},
        {"appointment_id": "tour_x", "status": "Show", "updated_fields": {}, "timestamp": "soon"},
        {"appointment_id": "tour_x", "status": "Show", "updated_fields": {}, "timestamp": "2026-12-01T10:00:00"},
    ],
)
def test_a_signed_body_of_the_wrong_shape_is_a_400(world: World, update: dict[str, Any]) -> None:
    assert world.signed(json.dumps(update)).status == 400


def test_resman_has_five_hundred_calls_a_minute_and_others_cannot_use_them_up(world: World, tour: str) -> None:
    """Specification, section 5."""
    with time_machine.travel(clock.now(), tick=False):
        window = keys.rate_window("resman", clock.epoch(clock.now()) // 60)
        table.write(table.Update(key=window, set={"used": 499}))
        assert world.signed("{}", secret="a guess").headers["ratelimit"].startswith('"refused";r=99;')
        assert [world.resman_tells(tour, "Scheduled").status for _ in range(2)] == [200, 429]
