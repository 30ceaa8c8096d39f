"""When a workshop without a recurrence takes place: in every opening of its schedule."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from immersio.schedule.model import Schedule, WeeklyWindow, to_utc
from immersio.workshop.occurrences import first_start, is_occurrence, is_shown, next_occurrence, occurrences
from tests.support.rules import CREATED, DATES, LONG_AGO, ZONES, rule, starts

BERLIN = ZoneInfo("Europe/Berlin")
QUARTER = timedelta(minutes=15)
CLOCK_CHANGES = st.sampled_from(
    [date(2026, 3, 28), date(2026, 10, 24), date(2025, 3, 8), date(2025, 11, 1), date(2027, 4, 3)]
)


def test_two_open_hours_give_two_classes_of_one_hour_and_one_of_ninety_minutes() -> None:
    mondays = Schedule(time_zone="UTC", availability=(WeeklyWindow(days=(1,), start_time=time(9), end_time=time(11)),))
    monday = datetime(2026, 11, 23, 9, tzinfo=UTC)
    week = monday + timedelta(days=6)
    assert starts(rule(schedule=mondays), now=CREATED, until=week) == [monday, monday + timedelta(hours=1)]
    assert starts(rule(schedule=mondays, duration=90), now=CREATED, until=week) == [monday]
    assert starts(rule(schedule=mondays, duration=121), now=CREATED) == []


def test_openings_are_shown_sixty_days_ahead_and_not_before_the_start() -> None:
    of = rule(zone="UTC", duration=480)
    assert starts(of, now=CREATED)[-1] == datetime(2027, 1, 15, 9, tzinfo=UTC)
    begins = CREATED + timedelta(days=30)
    assert min(starts(rule(zone="UTC", starts_at=begins), now=CREATED)) >= begins
    assert not is_occurrence(rule(zone="UTC", starts_at=begins), CREATED)


def test_in_the_night_the_clocks_change_classes_neither_overlap_nor_repeat() -> None:
    """INV-32: the opening from 01:00 to 05:00 is three hours long in spring and five in autumn."""
    nights = Schedule(
        time_zone="Europe/Berlin", availability=(WeeklyWindow(days=(0,), start_time=time(1), end_time=time(5)),)
    )
    for night, hours in ((datetime(2026, 3, 29, tzinfo=UTC), 3), (datetime(2026, 10, 25, tzinfo=UTC), 5)):
        found = starts(rule(schedule=nights, created_at=LONG_AGO), now=night - timedelta(days=1))[:hours]
        assert [later - earlier for earlier, later in pairwise(found)] == [timedelta(hours=1)] * (hours - 1)
        assert found[-1].astimezone(BERLIN).hour == 4


def test_a_schedule_that_never_opens_has_no_occurrences() -> None:
    never = Schedule(time_zone="UTC", availability=())
    for of in (rule(schedule=never), rule("weekly", schedule=never)):
        assert next_occurrence(of, CREATED) is None
        assert not is_occurrence(of, CREATED)
        assert first_start(of) is None


def test_openings_that_the_spring_gap_pushes_together_are_used_once() -> None:
    """INV-32: at Berlin 02:30 becomes 03:30; at Nuuk Saturday's 23:30 becomes half past midnight on Sunday."""
    sundays = Schedule(
        time_zone="Europe/Berlin",
        availability=(
            WeeklyWindow(days=(0,), start_time=time(1), end_time=time(2, 30)),
            WeeklyWindow(days=(0,), start_time=time(3), end_time=time(4)),
        ),
    )
    midnight = datetime(2026, 3, 29, tzinfo=UTC)
    found = starts(
        rule(schedule=sundays, duration=30, created_at=LONG_AGO), now=midnight, until=midnight + 20 * QUARTER
    )
    assert found == [midnight + 2 * QUARTER * index for index in range(4)]

    weekend = Schedule(
        time_zone="America/Nuuk",
        availability=(
            WeeklyWindow(days=(6,), start_time=time(22), end_time=time(23, 30)),
            WeeklyWindow(days=(0,), start_time=time(0), end_time=time(1)),
        ),
    )
    of = rule(schedule=weekend, created_at=LONG_AGO)
    assert starts(of, now=midnight, until=midnight + 20 * QUARTER) == [midnight]
    assert not is_occurrence(of, midnight + 4 * QUARTER)
    assert starts(of, now=midnight + 4 * QUARTER, until=midnight + 20 * QUARTER) == []


def test_an_opening_beyond_what_is_shown_exists_but_is_not_offered() -> None:
    of = rule(zone="UTC", duration=480)
    shown, beyond = datetime(2027, 1, 15, 9, tzinfo=UTC), datetime(2027, 1, 18, 9, tzinfo=UTC)
    assert is_shown(of, shown, now=CREATED)
    assert is_occurrence(of, beyond)
    assert not is_shown(of, beyond, now=CREATED)


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    availability = [
        window for day in range(7) for window in windows(day, draw(st.sets(st.integers(0, 95), max_size=6)))
    ]
    closed: list[dict[str, date]] = draw(st.lists(st.builds(dict, date=DATES), max_size=1))
    return Schedule.model_validate({"time_zone": draw(ZONES), "availability": availability, "date_overrides": closed})


def windows(day: int, quarters: set[int]) -> Iterator[dict[str, Any]]:
    marks = [(datetime(2020, 1, 1, tzinfo=UTC) + QUARTER * quarter).time() for quarter in sorted(quarters)]
    for start, end in zip(marks[::2], marks[1::2], strict=False):
        yield {"days": [day], "start_time": start, "end_time": end}


def naive_starts(schedule: Schedule, first: date, lasts: timedelta) -> Iterator[datetime]:
    """The oracle: three weeks of windows one after the other, each divided by the duration."""
    free_from = LONG_AGO
    for day in (first + timedelta(days=ahead) for ahead in range(-7, 14)):
        closed = any(override.date == day for override in schedule.date_overrides)
        for window in schedule.availability:
            if day.isoweekday() % 7 in window.days and not closed:
                opens, closes = window.instants(day, schedule.zone)
                opens, free_from = max(opens, free_from), max(closes, free_from)
                yield from (opens + lasts * index for index in range(max(0, (closes - opens) // lasts)))


@settings(deadline=None, max_examples=150)
@given(schedule=schedules(), first=DATES | CLOCK_CHANGES, duration=st.sampled_from([15, 45, 60, 480]))
def test_any_schedule_is_cut_into_the_classes_that_its_windows_hold(
    schedule: Schedule, first: date, duration: int
) -> None:
    """INV-32: and what is asked about is an occurrence exactly if it is listed."""
    now = to_utc(datetime.combine(first, time()), schedule.zone)
    until = now + timedelta(days=7)
    of = rule(schedule=schedule, duration=duration, created_at=LONG_AGO)
    all_starts = list(naive_starts(schedule, first, of.lasts))
    expected = [start for start in all_starts if now <= start <= until]
    found = list(occurrences(of, now=now, until=until))
    assert [one.starts_at for one in found] == expected
    assert all(earlier.ends_at <= later.starts_at for earlier, later in pairwise(found))
    for start in expected[:20]:
        assert is_occurrence(of, start)
        assert is_occurrence(of, start + QUARTER) == (start + QUARTER in all_starts)
