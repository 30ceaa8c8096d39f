"""A teacher's schedule: what it opens on a day, what it refuses, and how local time becomes UTC."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from immersio.schedule.model import Schedule, default_schedule, to_utc
from tests.support.rules import ZONE_NAMES, ZONES

MONDAY = date(2026, 11, 23)


def wall_clock(text: str) -> datetime:
    return datetime.fromisoformat(text)


def naive_to_utc(wall: datetime, zone: ZoneInfo) -> datetime:
    """The oracle: try each offset in force around that time, and read the clock there."""
    around = [wall.replace(tzinfo=UTC) + timedelta(hours=hours) for hours in range(-36, 37)]
    offsets = {at.astimezone(zone).utcoffset() or timedelta() for at in around}
    candidates = sorted((wall - offset).replace(tzinfo=UTC) for offset in offsets)
    fitting = [at for at in candidates if at.astimezone(zone).replace(tzinfo=None) == wall]
    return fitting[0] if fitting else candidates[-1]


def schedule(*windows: tuple[list[int], str, str], overrides: Any = (), zone: str = "Europe/Berlin") -> Schedule:
    return Schedule.model_validate(
        {
            "name": "Mine",
            "timeZone": zone,
            "availability": [{"days": days, "startTime": start, "endTime": end} for days, start, end in windows],
            "dateOverrides": overrides,
        }
    )


def span(start: Any, end: Any) -> dict[str, Any]:
    return {"startTime": start, "endTime": end}


def window(start: Any, end: Any) -> dict[str, Any]:
    return {"days": [1], **span(start, end)}


def on(day: date, of: Schedule) -> list[str]:
    return [str(window) for window in of.openings(day)]


@settings(deadline=None, max_examples=400)
@given(
    zone=ZONES.map(ZoneInfo),
    wall=st.datetimes(wall_clock("2020-01-01"), wall_clock("2040-12-31")),
)
def test_local_time_becomes_the_instant_that_trying_every_offset_finds(wall: datetime, zone: ZoneInfo) -> None:
    """INV-32."""
    assert to_utc(wall, zone) == naive_to_utc(wall, zone)


@settings(deadline=None, max_examples=300)
@given(zone=ZONES.map(ZoneInfo), year=st.integers(2020, 2040), minutes=st.integers(-180, 180))
def test_around_every_change_of_the_clocks_the_oracle_agrees(zone: ZoneInfo, year: int, minutes: int) -> None:
    """INV-32."""
    for change in changes(zone, year):
        wall = change.astimezone(zone).replace(tzinfo=None) + timedelta(minutes=minutes)
        assert to_utc(wall, zone) == naive_to_utc(wall, zone)


def changes(zone: ZoneInfo, year: int) -> list[datetime]:
    """About when the clocks of a zone change in a year."""
    days = [datetime(year, 1, 1, tzinfo=UTC) + timedelta(days=ahead) for ahead in range(366)]
    return [
        day
        for day in days
        if day.astimezone(zone).utcoffset() != (day + timedelta(days=1)).astimezone(zone).utcoffset()
    ]


@pytest.mark.parametrize(
    ("zone", "wall", "instant"),
    [
        ("Europe/Berlin", wall_clock("2026-03-29T02:30"), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("America/New_York", wall_clock("2026-03-08T02:00"), datetime(2026, 3, 8, 7, tzinfo=UTC)),
        ("Australia/Lord_Howe", wall_clock("2026-10-04T02:15"), datetime(2026, 10, 3, 15, 45, tzinfo=UTC)),
        ("America/Nuuk", wall_clock("2026-03-28T23:30"), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_time_in_the_spring_gap_moves_forward_by_the_gap(zone: str, wall: datetime, instant: datetime) -> None:
    """INV-32: in Lord Howe by half an hour, in Nuuk into the next day."""
    assert to_utc(wall, ZoneInfo(zone)) == instant
    assert instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) > wall


def test_of_two_times_in_the_autumn_fold_the_first_is_meant() -> None:
    """INV-32."""
    assert to_utc(wall_clock("2026-10-25T02:30").replace(fold=1), ZoneInfo("Europe/Berlin")) == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


def test_without_a_schedule_a_teacher_keeps_office_hours() -> None:
    week = [on(MONDAY + timedelta(days=ahead), default_schedule("Asia/Tokyo")) for ahead in range(7)]
    assert week == [["09:00–17:00"]] * 5 + [[], []]


def test_day_zero_is_sunday() -> None:
    sunday = MONDAY - timedelta(days=1)
    assert on(sunday, schedule(([0], "10:00", "12:00"))) == ["10:00–12:00"]


def test_windows_come_in_order_and_those_that_touch_are_one() -> None:
    weekly = schedule(([1], "14:00", "15:00"), ([1, 2], "10:30", "12:00"), ([1], "09:00", "10:30"))
    assert on(MONDAY, weekly) == ["09:00–12:00", "14:00–15:00"]


def test_an_override_replaces_its_date_or_closes_it() -> None:
    overrides = [
        {"date": "2026-11-23", "windows": [{"startTime": "18:00", "endTime": "20:00"}]},
        {"date": "2026-11-30", "windows": []},
    ]
    weekly = schedule(([1], "09:00", "17:00"), overrides=overrides)
    assert [on(MONDAY + timedelta(weeks=ahead), weekly) for ahead in range(3)] == [["18:00–20:00"], [], ["09:00–17:00"]]


@pytest.mark.parametrize("end", ["24:00", "23:59"])
def test_the_last_minute_of_the_day_means_midnight(end: str) -> None:
    (window,) = schedule(([1], "22:00", end), zone="UTC").openings(MONDAY)
    opens, closes = window.instants(MONDAY, ZoneInfo("UTC"))
    assert closes - opens == timedelta(hours=2)


def test_a_schedule_is_stored_and_read_back_unchanged() -> None:
    overrides = [
        {"date": "2026-12-24", "windows": [{"startTime": "20:00", "endTime": "24:00"}]},
        {"date": "2026-12-25"},
    ]
    kept = schedule(([1, 3], "08:30", "24:00"), overrides=overrides)
    assert Schedule.model_validate(kept.model_dump(mode="json")) == kept
    assert Schedule.model_validate_json(kept.model_dump_json(by_alias=True)) == kept


def test_days_with_openings_are_found_although_a_year_is_closed() -> None:
    closed = [{"date": (MONDAY + timedelta(days=ahead)).isoformat()} for ahead in range(366)]
    assert next(schedule(([1], "09:00", "10:00"), overrides=closed).open_days(MONDAY)) == date(2027, 11, 29)


def test_a_lone_override_in_a_far_year_is_found_and_without_any_opening_nothing() -> None:
    only = [{"date": "2099-02-03", "windows": [{"startTime": "09:00", "endTime": "10:00"}]}]
    assert list(schedule(overrides=only).open_days(MONDAY)) == [date(2099, 2, 3)]
    assert list(schedule().open_days(MONDAY)) == []


@pytest.mark.parametrize(
    "zone", ["localtime", "Factory", "right/UTC", "posix/UTC", "America", "../UTC", "/etc/passwd", "CEST"]
)
def test_what_is_not_a_zone_of_its_own_is_refused(zone: str) -> None:
    """INV-32: `localtime` would be the machine's zone, and `right/` zones are half a minute off."""
    with pytest.raises(ValidationError, match="must be an IANA time zone such as Europe/Berlin"):
        default_schedule(zone)


def test_every_iana_zone_is_accepted() -> None:
    assert [default_schedule(zone).zone.key for zone in ZONE_NAMES] == ZONE_NAMES


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"availability": [window("09:00", "12:00"), window("11:00", "13:00")]},
            "Monday: 09:00–12:00 and 11:00–13:00 overlap",
        ),
        ({"availability": [window("09:00", "09:00")]}, "startTime must be earlier than endTime"),
        ({"availability": [window("24:00", "24:00")]}, "startTime must be earlier than endTime"),
        ({"availability": [window("09:00", "25:00")]}, "must be a time of day in whole minutes such as 14:30"),
        ({"availability": [window("09:00", "12:00:30")]}, "must be a time of day in whole minutes such as 14:30"),
        ({"availability": [window(time(9, 0, 1), time(12))]}, "must be a time of day in whole minutes such as 14:30"),
        ({"availability": [{**window("09:00", "10:00"), "days": [7]}]}, "less than or equal to 6"),
        ({"availability": [{**window("09:00", "10:00"), "days": []}]}, "at least 1 item"),
        ({"availability": [window("09:00", "10:00")] * 51}, "at most 50 items"),
        ({"dateOverrides": [{"date": "2026-12-24"}] * 2}, "2026-12-24 is given twice"),
        ({"dateOverrides": [{"date": "2026-12-24"}] * 367}, "at most 366 items"),
        ({"dateOverrides": [{"date": "9999-12-31"}]}, "less than or equal to 2100-12-31"),
        (
            {"dateOverrides": [{"date": "2026-12-24", "windows": [span("09:00", "12:00"), span("10:00", "11:00")]}]},
            "2026-12-24: 09:00–12:00 and 10:00–11:00 overlap",
        ),
        ({"name": ""}, "at least 1 character"),
    ],
)
def test_what_a_schedule_cannot_be_is_refused_with_the_rule(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        Schedule.model_validate({"name": "Mine", "timeZone": "Europe/Berlin", **change})
    assert message in str(refusal.value)
