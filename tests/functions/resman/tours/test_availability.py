"""GET /api/resman/tours/availability"""

from collections.abc import Callable
from datetime import timedelta

import time_machine

from kernel import clock
from tests.support.world import Context, World, function, next_open_day


def test_a_day_lists_each_start_with_a_guide_and_minutes(world: World) -> None:
    answer = world.availability()

    assert answer.status == 200
    assert set(answer.json) == {"available_slots"}
    slots = answer.json["available_slots"]
    assert slots[0]["time"] == "09:00"
    assert slots[-1]["time"] == "17:30"
    assert slots[0]["duration"] == 30
    assert slots[0]["staff_member"] in {"Dana Reyes", "Lee Okafor"}


def test_every_type_has_its_own_duration_and_starts(world: World) -> None:
    slots = world.availability(tour_type="self_guided").json["available_slots"]

    assert (slots[-1]["time"], slots[-1]["duration"]) == ("17:00", 45)


def test_our_tours_and_resmans_appointments_take_their_time_with_its_buffer(world: World) -> None:
    world.resman_staff(
        "_appointments", property_id="cedar-row", employee_id="noor", starts_at=f"{next_open_day()}T10:00:00-06:00"
    )
    world.book(property_id="cedar-row")
    times = world.free_times(property_id="cedar-row")

    assert {"09:30", "10:00", "10:30", "13:30", "14:00", "14:30"}.isdisjoint(times)
    assert {"09:00", "11:00", "13:00", "15:00"} <= set(times)


def test_a_cancelled_appointment_in_resman_takes_no_time(world: World) -> None:
    world.resman_staff(
        "_appointments",
        property_id="cedar-row",
        employee_id="noor",
        starts_at=f"{next_open_day()}T10:00:00-06:00",
        status="Cancelled",
    )

    assert "10:00" in world.free_times(property_id="cedar-row")


def test_somebody_who_left_according_to_resman_gives_no_tours(world: World) -> None:
    left = {**world.property, "staff": [*world.property["staff"], _colleague_unknown_to_resman()]}
    function("resman/operators/create_property")(left, Context())
    names = {slot["staff_member"] for slot in world.availability().json["available_slots"]}

    assert "Pat Gone" not in names


def _colleague_unknown_to_resman() -> dict[str, object]:
    return {"id": "pat", "name": "Pat Gone", "email": "pat@leasing.example", "priority": 0}


def test_a_closed_day_names_the_next_day_with_a_free_start(world: World) -> None:
    sunday = next_open_day() + timedelta(days=5)
    answer = world.availability(date=str(sunday)).json

    assert answer == {"available_slots": [], "next_available_date": str(sunday + timedelta(days=1))}


def test_a_full_day_names_the_next_day_with_a_free_start(world: World) -> None:
    day = next_open_day()
    for hour in range(9, 18):
        for minute in ("00", "30"):
            world.resman_staff(
                "_appointments",
                property_id="cedar-row",
                employee_id="noor",
                starts_at=f"{day}T{hour:02}:{minute}:00-06:00",
            )

    answer = world.availability(property_id="cedar-row").json
    assert answer == {"available_slots": [], "next_available_date": str(day + timedelta(days=1))}


def test_today_offers_only_what_leaves_the_minimum_notice(world: World) -> None:
    with time_machine.travel(f"{next_open_day()}T19:30:00Z", tick=True):
        times = world.free_times(date=str(clock.now().date()))

    assert times[0] == "15:00"


def test_what_is_offered_does_not_depend_on_who_asks(world: World) -> None:
    """INV-37: the question has no field for the prospect, and two callers get the same answer."""
    colleague = function("resman/operators/create_client")(
        {"account_id": "maple", "name": "Another bot", "property_ids": ["maple-court"]}, Context()
    )
    asked = {"property_id": "maple-court", "date": str(next_open_day())}
    ours = world.call("resman/tours/availability", query=asked)
    theirs = world.call("resman/tours/availability", query=asked, headers={"x-api-key": colleague["api_key"]})
    about_somebody = world.availability(prospect_email="ada@example.com")

    assert ours.body == theirs.body
    assert about_somebody.status == 400


def test_what_resman_said_is_asked_once_a_minute(world: World) -> None:
    world.free_times()
    _take_two_oclock(world)
    assert "14:00" in world.free_times(property_id="maple-court")

    with time_machine.travel(clock.now() + timedelta(seconds=61), tick=True):
        guides = {s["staff_member"] for s in world.availability().json["available_slots"] if s["time"] == "14:00"}
    assert guides == {"Sam Whitfield"}


def test_booking_moving_cancelling_and_resmans_word_each_drop_the_cached_day(world: World) -> None:
    """INV-35"""
    tour = world.book(preferred_time="09:00").json["appointment_id"]
    changes: dict[str, Callable[[], object]] = {
        "a booking": lambda: world.book(prospect_email="grace@example.com"),
        "a move": lambda: world.update(tour, rescheduled_datetime=f"{next_open_day()}T16:00"),
        "a webhook": lambda: world.resman_tells(
            tour, "Scheduled", rescheduled_datetime=f"{next_open_day()}T10:00:00-06:00"
        ),
        "a cancellation": lambda: world.update(tour, status="cancelled"),
    }
    for name, change in changes.items():
        world.free_times()
        cached = _dropped_at(world)
        change()
        assert _dropped_at(world) > cached, name


def _dropped_at(world: World) -> str:
    (day,) = (row for row in world.rows() if row["sk"].startswith("AVAILABILITY#"))
    return str(day.get("dropped_at", ""))


def _take_two_oclock(world: World) -> None:
    for employee in ("dana", "lee"):
        world.resman_staff(
            "_appointments",
            property_id="maple-court",
            employee_id=employee,
            starts_at=f"{next_open_day()}T14:00:00-06:00",
        )


def test_a_change_in_resman_is_seen_by_the_next_reader_after_a_poll(world: World) -> None:
    """INV-35: the day is really asked again, not only marked."""
    world.poll()
    world.free_times()
    _take_two_oclock(world)
    world.poll()

    guides = {s["staff_member"] for s in world.availability().json["available_slots"] if s["time"] == "14:00"}
    assert guides == {"Sam Whitfield"}


def test_while_resman_is_down_the_last_known_slots_are_offered_and_marked_stale(world: World) -> None:
    world.free_times()
    world.book()
    world.fault(status=503, times=1000)
    answer = world.availability()

    assert (answer.status, answer.json["stale"]) == (200, True)
    guides = {slot["staff_member"] for slot in answer.json["available_slots"] if slot["time"] == "14:00"}
    assert guides, "others are still free"


def test_a_day_that_was_never_seen_is_a_clear_503_while_resman_is_down(world: World) -> None:
    world.fault(status=503, times=1000)
    answer = world.availability()

    assert (answer.status, answer.json["code"]) == (503, "RESMAN_UNAVAILABLE")
    assert "ResMan does not answer" in answer.json["error"]
    assert answer.headers["retry-after"] == "60"


def test_a_day_that_resman_refuses_to_tell_is_a_502_with_its_reason(world: World) -> None:
    """An operator took down another id than the property has there."""
    function("resman/operators/create_property")({**world.property, "resman_property_id": "mapel"}, Context())
    answer = world.availability()

    assert (answer.status, answer.json["code"]) == (502, "RESMAN_REJECTED")
    assert "maple-court: Property could not be found" in answer.json["error"]


def test_another_accounts_property_is_not_there(world: World) -> None:
    """INV-23 for availability."""
    others, missing = (world.availability(property_id=one) for one in ("harbor-point", "harbor-p0int"))

    assert (missing.status, missing.json["code"], others.status) == (404, "NOT_FOUND", 404)
    assert others.body.replace("harbor-point", "?") == missing.body.replace("harbor-p0int", "?")


def test_a_day_in_the_past_or_a_wrong_question_is_a_400(world: World) -> None:
    assert "past" in world.availability(date="2020-01-01").json["error"]
    assert world.availability(date="tomorrow").status == 400
    assert world.availability(tour_type="drone").status == 400
    assert world.call("resman/tours/availability", query={}).status == 400
