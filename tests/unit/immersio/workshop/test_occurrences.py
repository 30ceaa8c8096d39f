"""When a series takes place, and what may be asked about it."""

import os
import time as process_time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from immersio.schedule.model import DateOverride, Schedule, WeeklyWindow, to_utc
from immersio.workshop.model import Frequency, Occurrence, Recurrence
from immersio.workshop.occurrences import (
    first_start,
    is_occurrence,
    is_shown,
    next_occurrence,
    occurrences,
)
from tests.support.rules import CREATED, DATES, LONG_AGO, ZONES, rule, starts

BERLIN = ZoneInfo("Europe/Berlin")
CLASS_TIMES = st.sampled_from([time(9), time(13), time(23, 30)])
SERIES = st.sampled_from(["weekly", "biweekly", "monthly"])


def naive_dates(frequency: str, first: date) -> Iterator[date]:
    """The oracle of recurrence: plain calendar arithmetic."""
    if frequency != "monthly":
        yield from (first + timedelta(weeks=step * (2 if frequency == "biweekly" else 1)) for step in count())
    for month in count(first.year * 12 + first.month - 1):
        try:
            yield date(month // 12, month % 12 + 1, first.day)
        except ValueError:
            continue


@contextmanager
def process_zone(name: str) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = name
    process_time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
        process_time.tzset()


@settings(deadline=None, max_examples=300)
@given(zone=ZONES, at=CLASS_TIMES, first=DATES, frequency=SERIES, times=st.integers(1, 60))
def test_a_series_keeps_its_wall_clock_in_any_zone_and_year(
    zone: str, at: time, first: date, frequency: str, times: int
) -> None:
    """INV-32, INV-33: what the local clock reads is the same time, or a later one if that time does not exist."""
    local = ZoneInfo(zone)
    of = rule(frequency, zone=zone, count=times, starts_at=to_utc(datetime.combine(first, at), local))
    read = of.begins.astimezone(local)
    expected = [datetime.combine(day, read.time()) for day in islice(naive_dates(frequency, read.date()), times)]
    found = starts(of)
    assert found == [to_utc(wall, local) for wall in expected]
    for start, wall in zip(found, expected, strict=True):
        clock = start.astimezone(local).replace(tzinfo=None)
        assert clock > wall if falls_in_gap(wall, local) else clock == wall


def falls_in_gap(wall: datetime, zone: ZoneInfo) -> bool:
    there_and_back = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return there_and_back.replace(tzinfo=None) != wall


@settings(deadline=None, max_examples=60)
@given(zone=ZONES, at=CLASS_TIMES, first=DATES, process=st.sampled_from(["Asia/Tokyo", "America/St_Johns", "UTC"]))
def test_the_zone_of_the_process_changes_nothing(zone: str, at: time, first: date, process: str) -> None:
    """INV-32."""
    starts_at = to_utc(datetime.combine(first, at), ZoneInfo(zone))
    series = rule("weekly", zone=zone, starts_at=starts_at, count=30)
    openings = rule(zone=zone, created_at=starts_at)
    here = starts(series), starts(openings, now=starts_at), first_start(openings)
    with process_zone(process):
        assert (starts(series), starts(openings, now=starts_at), first_start(openings)) == here


def test_a_class_in_the_spring_gap_moves_forward_once_and_then_is_back() -> None:
    """INV-32."""
    of = rule("weekly", starts_at=datetime(2026, 3, 22, 1, 30, tzinfo=UTC), count=3)
    assert [f"{start.astimezone(BERLIN):%d %H:%M}" for start in starts(of)] == ["22 02:30", "29 03:30", "05 02:30"]


def test_a_class_in_the_autumn_fold_takes_the_first_of_both() -> None:
    """INV-32."""
    of = rule("weekly", starts_at=datetime(2026, 10, 18, 0, 30, tzinfo=UTC), count=2)
    assert starts(of)[1] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_a_series_told_to_start_in_the_second_of_both_starts_then() -> None:
    """INV-32: an instant was given, so nothing is left to choose."""
    of = rule("weekly", starts_at=datetime(2026, 10, 25, 1, 30, tzinfo=UTC), count=2)
    assert starts(of) == [of.starts_at, datetime(2026, 11, 1, 1, 30, tzinfo=UTC)]
    assert is_occurrence(of, of.begins)


def test_a_class_over_a_change_of_the_clocks_lasts_its_duration() -> None:
    of = rule("none", starts_at=datetime(2026, 3, 29, 0, 30, tzinfo=UTC), duration=480)
    assert [found.ends_at - found.starts_at for found in occurrences(of, now=LONG_AGO)] == [timedelta(hours=8)]


@pytest.mark.parametrize("day", [29, 30, 31])
def test_a_monthly_series_skips_months_without_its_day(day: int) -> None:
    """INV-33."""
    of = rule("monthly", starts_at=datetime(2027, 1, day, 9, tzinfo=UTC), count=5, zone="UTC")
    long_months = {29: [1, 3, 4, 5, 6], 30: [1, 3, 4, 5, 6], 31: [1, 3, 5, 7, 8]}
    assert [start.month for start in starts(of)] == long_months[day]
    assert {start.day for start in starts(of)} == {day}


@pytest.mark.parametrize(("count", "weeks", "expected"), [(3, 5, 3), (5, 2, 3), (1, 5, 1), (3, 2, 3)])
def test_count_and_end_date_are_inclusive_and_the_earlier_wins(count: int, weeks: int, expected: int) -> None:
    """INV-33: the end is the very start of a later class."""
    end = CREATED + timedelta(weeks=weeks)
    assert len(starts(rule("weekly", zone="UTC", starts_at=CREATED, count=count, end_date=end))) == expected


def test_a_class_a_moment_after_the_end_date_does_not_take_place() -> None:
    """INV-33."""
    end = CREATED + timedelta(weeks=2) - timedelta(milliseconds=1)
    assert len(starts(rule("weekly", zone="UTC", starts_at=CREATED, end_date=end))) == 2
    assert starts(rule("none", starts_at=CREATED, end_date=CREATED - timedelta(days=1))) == []


@pytest.mark.parametrize(("frequency", "expected"), [("weekly", 53), ("biweekly", 27), ("monthly", 13)])
def test_without_an_end_twelve_months_are_shown(frequency: str, expected: int) -> None:
    of = rule(frequency, zone="UTC", starts_at=CREATED)
    assert len(starts(of, now=CREATED)) == expected
    later = CREATED + timedelta(days=5000)
    assert all(later <= start <= later + timedelta(days=366) for start in starts(of, now=later))
    assert not is_shown(of, CREATED + timedelta(weeks=60), now=CREATED)
    assert is_occurrence(of, CREATED + timedelta(weeks=60)) == (frequency != "monthly")


def test_what_does_not_repeat_takes_place_once_however_far_ahead() -> None:
    of = rule("none", starts_at=datetime(2031, 1, 1, tzinfo=UTC), count=5)
    assert starts(of, now=CREATED) == [of.starts_at]


def test_a_series_without_a_start_begins_at_the_first_opening_that_fits() -> None:
    busy = Schedule(
        time_zone="Europe/Berlin",
        availability=(
            WeeklyWindow(days=(4,), start_time=time(9), end_time=time(10)),
            WeeklyWindow(days=(5,), start_time=time(14), end_time=time(16)),
        ),
        date_overrides=(DateOverride(date=date(2026, 11, 20)),),
    )
    assert first_start(rule("weekly", schedule=busy)) == datetime(2026, 11, 19, 8, tzinfo=UTC)
    assert starts(rule("weekly", schedule=busy, duration=90, count=2)) == [
        datetime(2026, 11, 27, 13, tzinfo=UTC),
        datetime(2026, 12, 4, 13, tzinfo=UTC),
    ]
    assert first_start(rule("weekly", schedule=busy, duration=180)) is None


def test_a_series_created_within_an_opening_begins_at_the_next_class_of_it() -> None:
    assert first_start(rule("weekly")) == datetime(2026, 11, 18, 12, tzinfo=UTC)
    later = CREATED + timedelta(minutes=1)
    assert first_start(rule("weekly", created_at=later)) == datetime(2026, 11, 18, 13, tzinfo=UTC)


@settings(deadline=None, max_examples=200)
@given(
    zone=ZONES,
    at=CLASS_TIMES,
    first=DATES,
    frequency=SERIES | st.just("none"),
    times=st.integers(1, 40),
    asked=st.integers(0, 300),
    shift=st.sampled_from([timedelta(), timedelta(minutes=1), timedelta(hours=1), timedelta(hours=-1)]),
)
def test_what_is_asked_about_is_an_occurrence_exactly_if_it_is_listed(
    zone: str, at: time, first: date, frequency: str, times: int, asked: int, shift: timedelta
) -> None:
    local = ZoneInfo(zone)
    of = rule(frequency, zone=zone, count=times, starts_at=to_utc(datetime.combine(first, at), local))
    instant = to_utc(datetime.combine(first + timedelta(days=asked), at), local) + shift
    listed = starts(of)
    assert is_occurrence(of, instant) == (instant in listed)
    assert all(is_occurrence(of, start) for start in listed)


def test_the_next_occurrence_may_start_right_now_but_not_earlier() -> None:
    of = rule("weekly", zone="UTC", starts_at=CREATED, count=2)
    second = Occurrence(CREATED + timedelta(weeks=1), CREATED + timedelta(weeks=1, hours=1))
    assert next_occurrence(of, CREATED + timedelta(weeks=1)) == second
    assert next_occurrence(of, CREATED + timedelta(milliseconds=1)) == second
    assert next_occurrence(of, second.starts_at + timedelta(milliseconds=1)) is None


def test_asking_for_a_few_computes_a_few_of_ten_thousand() -> None:
    of = rule("monthly", starts_at=datetime(2100, 12, 31, 12, tzinfo=UTC), count=10_000)
    assert len(starts(of, limit=3)) == 3
    assert len(starts(of)) == 10_000
    assert is_occurrence(of, starts(of)[-1])


@pytest.mark.parametrize("frequency", [None, "weekly", "monthly", "none"])
@pytest.mark.parametrize("year", [1, 4000, 9999])
def test_no_instant_is_too_strange_to_be_asked_about(frequency: str | None, year: int) -> None:
    for instant in (datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, 23, 59, tzinfo=UTC)):
        assert not is_occurrence(rule(frequency, starts_at=CREATED), instant)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"duration": 14}, "greater than or equal to 15"),
        ({"duration": 481}, "less than or equal to 480"),
        ({"starts_at": "9999-12-31T00:00:00Z"}, "must lie in the years 2000 to 2100"),
        ({"starts_at": "2026-12-01T09:00:00"}, "timezone"),
        ({"recurrence": {"frequency": "weekly", "count": 0}}, "greater than or equal to 1"),
        ({"recurrence": {"frequency": "weekly", "count": 10_001}}, "less than or equal to 10000"),
        ({"recurrence": {"frequency": "daily"}}, "'weekly', 'biweekly', 'monthly' or 'none'"),
    ],
)
def test_what_a_rule_cannot_be_is_refused_with_the_rule(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        rule(**change)


def test_a_recurrence_reads_the_names_of_the_specification() -> None:
    read = Recurrence.model_validate({"frequency": "weekly", "count": 8.0, "endDate": "2026-12-31T00:00:00.000Z"})
    assert read == Recurrence(frequency=Frequency.WEEKLY, count=8, end_date=datetime(2026, 12, 31, tzinfo=UTC))
