"""Every minute: what ResMan's staff changed"""

import time
from typing import Any

import pytest

from kernel import table
from tests.support.world import World, next_open_day


@pytest.fixture
def tour(world: World) -> str:
    booked = world.book().json["appointment_id"]
    world.poll()
    return str(booked)


@pytest.mark.parametrize(
    ("word", "status"), [("Show", "completed"), ("No Show", "no_show"), ("Cancelled", "cancelled")]
)
def test_what_resmans_staff_notes_reaches_the_tour(world: World, tour: str, word: str, status: str) -> None:
    _a_second_later(world, tour, status=word)

    assert world.tour(tour)["status"] == status


def test_a_move_by_resmans_staff_reaches_the_tour_and_the_prospect(world: World, tour: str) -> None:
    _a_second_later(world, tour, status="Scheduled", starts_at=f"{next_open_day()}T16:00:00-06:00")
    world.run_workers()

    assert world.tour(tour)["confirmed_datetime"] == f"{next_open_day()}T16:00:00-06:00"
    assert len(world.mail_to("ada@example.com")) >= 1


def test_what_we_told_resman_ourselves_is_no_news(world: World, tour: str) -> None:
    world.update(tour, status="cancelled")
    owed = len(world.messages())
    world.poll()
    world.poll()

    assert len(world.messages()) == owed
    assert world.tour(tour)["resman_status"] is None


def test_a_property_that_cannot_be_asked_does_not_stop_the_others(world: World, tour: str) -> None:
    world.fault(path="SearchProspects", status=503, times=3)
    _a_second_later(world, tour, status="Show")
    world.poll()

    assert world.tour(tour)["status"] == "completed"


def test_a_change_that_could_not_be_taken_over_is_found_again_later(world: World, tour: str) -> None:
    """Nothing that ResMan told is lost: the next look begins before it."""
    events = table.client().meta.events
    events.register_first("before-call.dynamodb.TransactWriteItems", _out_of_reach)
    _a_second_later(world, tour, status="Show")
    events.unregister("before-call.dynamodb.TransactWriteItems", _out_of_reach)
    assert world.tour(tour)["status"] == "confirmed"
    world.poll()

    assert world.tour(tour)["status"] == "completed"


def test_what_cannot_be_understood_of_one_tour_does_not_hide_another(world: World, tour: str) -> None:
    other = world.book(prospect_email="grace@example.com").json["appointment_id"]
    time.sleep(1.1)
    world.resman_staff("_change", appointment_id=tour, status="Moved\nby phone " + "x" * 300)
    world.resman_staff("_change", appointment_id=other, status="Cancelled", staff_notes="y" * 3000)
    world.poll()

    assert world.tour(other)["status"] == "cancelled"
    assert str(world.tour(tour)["resman_status"]).startswith("Moved by phone")


def _out_of_reach(**_: Any) -> None:
    raise ConnectionError("the table is out of reach")


def _a_second_later(world: World, tour: str, **change: str) -> None:
    time.sleep(1.1)  # ResMan tells its times in whole seconds
    world.resman_staff("_change", appointment_id=tour, **change)
    world.poll()
