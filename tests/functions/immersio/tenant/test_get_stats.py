"""immersio.tenant.getStats"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from immersio.access.model import Role
from immersio.stats.counting import record
from kernel import keys, table
from tests.support.schools import Schools, error, gone
from tests.support.stats import DAY, HOUR, NOW, STATS, Seat, name_workshop, stats


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def berlin(text: str) -> datetime:
    """A moment of the winter, as the clocks at the academy show it."""
    return datetime.fromisoformat(f"{text}+01:00").astimezone(UTC)


def test_a_school_without_bookings_has_its_people_and_nothing_else(schools: Schools) -> None:
    table.write(table.Update(key=keys.tenant_usage(schools.academy.tenant_id), set={"workshops": 2}))
    assert stats(schools) == {
        "totalBookings": 0,
        "completedBookings": 0,
        "cancelledBookings": 0,
        "totalRevenue": 0,
        "averageBookingValue": 0,
        "teacherCount": 3,
        "workshopCount": 2,
        "studentCount": 0,
        "topWorkshops": [],
    }


def test_bookings_payments_cancellations_and_refunds_add_up(schools: Schools) -> None:
    academy = schools.academy
    name_workshop(academy, 1, "Business English")
    name_workshop(academy, 2, "Conversation")
    ada = Seat(academy, "ada", currency="EUR", ends_at=NOW - DAY)
    grace = Seat(academy, "grace", currency="EUR", ends_at=NOW - DAY)
    free = Seat(academy, "joan", workshop_id=2, student="ADA@example.com", ends_at=NOW + DAY)
    week_ago = NOW - 3 * DAY
    for change in (
        *(ada.booked(week_ago), ada.paid(1500, week_ago), grace.booked(week_ago), grace.paid(1500, week_ago)),
        *(grace.cancelled(NOW - 2 * DAY), grace.refunded(1000, NOW - 2 * DAY), free.booked()),
    ):
        record(change)
    told = stats(schools, "week")
    assert (told["totalBookings"], told["cancelledBookings"], told["completedBookings"]) == (3, 1, 1)
    assert (told["totalRevenue"], told["averageBookingValue"]) == (2000, round(2000 / 3))
    assert told["studentCount"] == 2
    assert told["topWorkshops"] == [
        {"id": 1, "title": "Business English", "bookingCount": 2, "revenue": 2000},
        {"id": 2, "title": "Conversation", "bookingCount": 1, "revenue": 0},
    ]


def test_a_class_is_completed_from_the_moment_it_ends(schools: Schools) -> None:
    record(Seat(schools.academy, ends_at=NOW + HOUR).booked())
    with time_machine.travel(NOW + HOUR - timedelta(milliseconds=1), tick=False):
        assert stats(schools)["completedBookings"] == 0
    with time_machine.travel(NOW + HOUR, tick=False):
        assert stats(schools)["completedBookings"] == 1


def test_a_class_that_ends_within_a_minute_is_completed_by_the_next(schools: Schools) -> None:
    record(Seat(schools.academy, ends_at=NOW + timedelta(seconds=20)).booked())
    assert stats(schools)["completedBookings"] == 0
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        assert stats(schools)["completedBookings"] == 1


def test_a_class_of_yesterday_that_was_cancelled_since_was_not_completed(schools: Schools) -> None:
    seat = Seat(schools.academy, ends_at=NOW - DAY)
    record(seat.booked(NOW - 2 * DAY))
    record(seat.cancelled())
    assert stats(schools)["completedBookings"] == 0


def test_a_moved_booking_is_completed_when_its_new_class_ends(schools: Schools) -> None:
    seat = Seat(schools.academy, ends_at=NOW - HOUR)
    record(seat.booked(NOW - DAY))
    record(seat.moved(NOW + HOUR, NOW - DAY))
    assert stats(schools)["completedBookings"] == 0
    with time_machine.travel(NOW + HOUR, tick=False):
        assert (stats(schools)["completedBookings"], stats(schools)["totalBookings"]) == (1, 1)


@pytest.mark.parametrize(("period", "first"), [("week", "2026-11-15"), ("month", "2026-10-22"), ("year", "2025-11-22")])
def test_a_period_is_of_whole_days_at_the_school_and_ends_today(schools: Schools, period: str, first: str) -> None:
    midnight = datetime.fromisoformat(f"{first}T00:00").astimezone(UTC) - (2 if period == "month" else 1) * HOUR
    record(Seat(schools.academy, "in").booked(midnight))
    record(Seat(schools.academy, "out").booked(midnight - timedelta(milliseconds=1)))
    assert stats(schools, period)["totalBookings"] == 1


def test_dates_mean_the_whole_days_on_which_they_lie_at_the_school(schools: Schools) -> None:
    moments = ("2026-11-02T23:59", "2026-11-03T00:00", "2026-11-04T23:59", "2026-11-05T00:00")
    for number, moment in enumerate(moments):
        record(Seat(schools.academy, f"student-{number}").booked(berlin(moment)))
    asked = {"startDate": berlin("2026-11-03T18:00"), "endDate": berlin("2026-11-04T09:00")}
    assert stats(schools, "year", **asked)["totalBookings"] == 2
    assert stats(schools, "year", startDate=berlin("2026-11-05T09:00"))["totalBookings"] == 1
    assert stats(schools, "week", endDate=berlin("2026-11-03T09:00"))["totalBookings"] == 2


def test_what_lies_ahead_has_not_happened(schools: Schools) -> None:
    record(Seat(schools.academy, ends_at=NOW + 3 * DAY).booked())
    ahead = stats(schools, startDate=NOW + DAY, endDate=NOW + 30 * DAY)
    assert ahead["completedBookings"] == ahead["totalBookings"] == 0
    around = stats(schools, startDate=NOW - DAY, endDate=NOW + 30 * DAY)
    assert (around["totalBookings"], around["completedBookings"]) == (1, 0)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"period": "day"}, "period"),
        ({}, "period"),
        ({"period": "week", "startDate": NOW, "endDate": NOW - HOUR}, "startDate"),
        ({"period": "week", "startDate": NOW + HOUR}, "startDate"),
        ({"period": "week", "startDate": NOW - timedelta(days=732)}, "startDate"),
        ({"period": "week", "startDate": "2026-11-01T00:00:00Z"}, "startDate"),
        ({"period": "week", "startDate": datetime(1, 1, 1, tzinfo=UTC)}, "startDate"),
        ({"period": "week", "startDate": None}, "startDate"),
        ({"period": "week", "endDate": None}, "endDate"),
        ({"period": "week", "endDate": datetime(9999, 12, 31, 23, tzinfo=UTC)}, "endDate"),
    ],
)
def test_a_range_that_is_none_is_refused(schools: Schools, asked: dict[str, Any], field: str) -> None:
    reply = schools.call(STATS, schools.academy.cookie(Role.OWNER), sent=asked)
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    assert reply.json["error"]["json"]["message"].startswith(f"{field}: ")


def test_two_years_can_be_asked_for(schools: Schools) -> None:
    record(Seat(schools.academy).booked(NOW - timedelta(days=729)))
    assert stats(schools, startDate=NOW - timedelta(days=730), endDate=NOW)["totalBookings"] == 1


def test_amounts_of_two_currencies_are_not_added_up(schools: Schools) -> None:
    """INV-22: revenue is told in the currency that most seats were paid in."""
    seats = [("ada", "EUR", 1500), ("grace", "EUR", 1500), ("joan", "JPY", 9000)]
    for uid, currency, amount in seats:
        seat = Seat(schools.academy, uid, currency=currency)
        record(seat.booked())
        record(seat.paid(amount))
    told = stats(schools)
    assert (told["totalBookings"], told["totalRevenue"], told["averageBookingValue"]) == (3, 3000, 1500)
    assert told["topWorkshops"][0]["revenue"] == 3000


def test_a_month_of_refunds_only_has_a_negative_revenue(schools: Schools) -> None:
    record(Seat(schools.academy, currency="EUR").refunded(700))
    told = stats(schools)
    assert (told["totalRevenue"], told["averageBookingValue"], told["topWorkshops"]) == (-700, 0, [])


def test_the_best_five_come_by_bookings_and_then_by_revenue(schools: Schools) -> None:
    bookings = {1: 1, 2: 3, 3: 1, 4: 2, 5: 1, 6: 1}
    for workshop_id, times in bookings.items():
        name_workshop(schools.academy, workshop_id, f"Workshop {workshop_id}")
        for number in range(times):
            seat = Seat(schools.academy, f"{workshop_id}-{number}", workshop_id=workshop_id, currency="EUR")
            record(seat.booked())
            record(seat.paid(100 * workshop_id))
    name_workshop(schools.academy, 4, "Renamed")
    best = stats(schools)["topWorkshops"]
    assert [(one["id"], one["bookingCount"], one["revenue"]) for one in best] == [
        (2, 3, 600),
        (4, 2, 800),
        (6, 1, 600),
        (5, 1, 500),
        (3, 1, 300),
    ]
    assert best[1]["title"] == "Renamed"


def test_another_schools_numbers_stay_its_own(schools: Schools) -> None:
    """INV-23"""
    record(Seat(schools.studio).booked())
    assert (stats(schools)["totalBookings"], stats(schools)["studentCount"]) == (0, 0)


def test_a_year_costs_the_same_reads_however_many_bookings_there_were(schools: Schools) -> None:
    """Decision 13: counters are read, bookings never are."""
    reads: Counter[str] = Counter()

    def note(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        reads[model.name] += 1
        reads[f"{model.name} rows"] += parsed.get("Count", 0)

    def cost() -> Counter[str]:
        reads.clear()
        assert stats(schools, "year")["totalBookings"] == booked
        return Counter(reads)

    table.client().meta.events.register("after-call.dynamodb.*", note)
    booked, seen = 0, []
    for round_of_bookings in range(2):
        for number in range(12):
            at = NOW - timedelta(days=30 * number)
            record(Seat(schools.academy, f"{round_of_bookings}-{number}", ends_at=at + HOUR).booked(at))
            booked += 1
        seen.append(cost())
    assert seen[0] == seen[1]
    assert seen[0]["Query"] <= 3
    assert seen[0]["Query rows"] <= 12


def test_a_school_that_is_gone_is_not_found(schools: Schools) -> None:
    gone(schools.academy)
    reply = schools.call(STATS, schools.academy.cookie(Role.OWNER), sent={"period": "month"})
    assert (reply.status, error(reply)["appCode"]) == (404, "TENANT_NOT_FOUND")
