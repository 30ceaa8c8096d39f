"""GET /api/resman/tours/trends"""

from datetime import timedelta
from typing import Any

from kernel import clock, keys, table
from tests.support.world import World


def _trends(world: World, property_id: str = "maple-court") -> Any:
    return world.call("resman/tours/trends", query={"property_id": property_id})


def _counted(days_ago: int, **counted: int) -> None:
    day = clock.now().date() - timedelta(days=days_ago)
    row = {**keys.metrics_day("maple", "maple-court", day)._asdict(), "day": str(day), **counted}
    table.write(table.Put(item=row))


def test_twelve_weeks_are_told_and_the_later_six_compared_with_the_earlier(world: World) -> None:
    _counted(70, booked=10, completed=6, no_show=4, **{"booked|weekday|monday": 10, "booked|hour|10": 10})
    _counted(3, booked=15, completed=9, no_show=1, **{"booked|weekday|saturday": 15, "booked|hour|15": 15})
    trends = _trends(world).json

    assert len(trends["weeks"]) == 12
    assert trends["weeks"][-1]["booked"] == 15
    assert trends["weeks"][-1]["no_show_rate"] == 0.1
    assert trends["change"] == {"booked": 0.5, "completed": 0.5, "cancelled": None, "no_show": -0.75}
    assert (trends["no_show_rate_before"], trends["no_show_rate_now"]) == (0.4, 0.1)
    assert (trends["busiest_weekday"], trends["busiest_hour"]) == ("saturday", "15")


def test_a_new_property_has_weeks_without_tours(world: World) -> None:
    trends = _trends(world).json

    assert [week["booked"] for week in trends["weeks"]] == [0] * 12
    assert trends["busiest_weekday"] is None


def test_another_accounts_property_is_not_there(world: World) -> None:
    """INV-23 for trends."""
    others = _trends(world, "harbor-point")

    assert (others.status, others.json["code"]) == (404, "NOT_FOUND")
    assert "check property_id" in others.json["error"]
