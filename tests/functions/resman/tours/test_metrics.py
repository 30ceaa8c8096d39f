"""GET /api/resman/tours/metrics"""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from kernel import clock, keys, table
from tests.support.world import World, next_open_day


def _metrics(world: World, **query: str) -> Any:
    today = clock.now().date()
    asked = {"property_id": "maple-court", "from": str(today - timedelta(days=7)), "to": str(today), **query}
    return world.call("resman/tours/metrics", query=asked)


def test_every_change_counts_once_in_total_and_in_each_dimension(world: World) -> None:
    tours = [world.book(prospect_email=f"guest{n}@example.com").json["appointment_id"] for n in range(3)]
    world.update(tours[0], status="completed", outcome="interested")
    world.update(tours[0], status="completed", outcome="interested")
    world.update(tours[1], status="no_show")
    world.update(tours[2], status="cancelled")
    metrics = _metrics(world).json

    assert metrics["totals"] == {
        "booked": 3,
        "confirmed": 3,
        "completed": 1,
        "cancelled": 1,
        "no_show": 1,
        "rescheduled": 0,
        "failed": 0,
        "refused": 0,
        "no_show_rate": 0.5,
        "booking_success_rate": 1.0,
        "average_lead_time_hours": metrics["totals"]["average_lead_time_hours"],
    }
    lead = (next_open_day() - clock.now().date()).days * 24 + 20 - clock.now().hour
    assert abs(metrics["totals"]["average_lead_time_hours"] - lead) <= 1
    assert metrics["outcomes"] == {"interested": 1, "not_interested": 0, "follow_up_needed": 0}
    assert metrics["by_type"]["in_person"]["booked"] == 3
    assert metrics["by_weekday"] == {"tuesday": metrics["by_type"]["in_person"]}
    assert metrics["by_hour"] == {"14": metrics["by_type"]["in_person"]}
    assert {name: by["booked"] for name, by in metrics["by_staff"].items()} == {
        "Dana Reyes": 1,
        "Lee Okafor": 1,
        "Sam Whitfield": 1,
    }


def test_a_corrected_outcome_is_counted_where_it_belongs(world: World) -> None:
    tour = world.book().json["appointment_id"]
    world.update(tour, status="completed", outcome="interested")
    world.update(tour, outcome="follow_up_needed")

    assert _metrics(world).json["outcomes"] == {"interested": 0, "not_interested": 0, "follow_up_needed": 1}


def test_a_refused_booking_lowers_the_success_rate(world: World) -> None:
    world.book(property_id="cedar-row")
    world.book(property_id="cedar-row", prospect_email="grace@example.com")
    totals = _metrics(world, property_id="cedar-row").json["totals"]

    assert (totals["refused"], totals["booking_success_rate"]) == (1, 0.5)


def test_the_series_has_every_day_also_those_without_tours(world: World) -> None:
    with time_machine.travel(clock.now() - timedelta(days=2), tick=True):
        world.book()
    series = _metrics(world).json["series"]

    assert len(series) == 8
    assert sum(day["booked"] for day in series) == 1


def test_without_tours_rates_are_null(world: World) -> None:
    totals = _metrics(world).json["totals"]

    assert (totals["booked"], totals["no_show_rate"], totals["average_lead_time_hours"]) == (0, None, None)


def test_a_years_metrics_read_at_most_one_row_a_day_and_no_tour(world: World) -> None:
    """A read of bounded size, however many tours there are."""
    today = clock.now().date()
    for number in range(366):
        day = today - timedelta(days=number)
        row = {**keys.metrics_day("maple", "maple-court", day)._asdict(), "day": str(day), "booked": 40}
        table.write(table.Put(item=row))
    reads: list[str] = []
    table.client().meta.events.register("before-call.dynamodb", lambda model, **_: reads.append(model.name))
    metrics = _metrics(world, **{"from": str(today - timedelta(days=365))}).json

    assert metrics["totals"]["booked"] == 366 * 40
    assert reads.count("Query") <= 2
    assert set(reads) <= {"Query", "GetItem", "UpdateItem"}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"from": "2026-12-02", "to": "2026-12-01"}, "later than to"),
        ({"from": "2020-01-01", "to": "2026-12-01"}, "366 days"),
        ({"from": "yesterday"}, "2026-12-01"),
    ],
)
def test_a_wrong_range_is_a_400(world: World, query: dict[str, str], words: str) -> None:
    refused = _metrics(world, **query)

    assert refused.status == 400
    assert words in refused.json["error"]


def test_another_accounts_property_is_not_there(world: World) -> None:
    """INV-23 for metrics."""
    others = _metrics(world, property_id="harbor-point")

    assert (others.status, others.json["code"]) == (404, "NOT_FOUND")
    assert "check property_id" in others.json["error"]


def test_days_are_the_propertys_own(world: World) -> None:
    """At 04:00 UTC it is still the evening before in Chicago."""
    with time_machine.travel(f"{next_open_day() - timedelta(days=3)}T04:00:00Z", tick=True):
        world.book()
        local = clock.now().date() - timedelta(days=1)
        metrics = _metrics(world, **{"from": str(local), "to": str(local)}).json

    assert metrics["totals"]["booked"] == 1
