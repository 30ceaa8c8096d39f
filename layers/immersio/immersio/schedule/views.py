"""Schedules as Cal.com's pages read them."""

from datetime import UTC, date, datetime, time

from immersio.schedule.model import END_OF_DAY, DateOverride, KeptSchedule, Schedules, Window
from immersio.schedule.schemas import (
    AvailabilityView,
    DateOverrideView,
    HoursView,
    ListedSchedule,
    ScheduleView,
    StoredSchedule,
    UpdatedSchedule,
    WorkingHours,
)
from kernel import clock

FIRST_DAY = date(1970, 1, 1)
OFF = Window.model_construct(start_time=time(), end_time=time())
"""How Cal.com writes that a day has no hours: those from midnight to midnight."""
LAST_INSTANT = time(23, 59, 59, 999_000)


def listed(schedules: Schedules, schedule: KeptSchedule) -> ListedSchedule:
    return ListedSchedule(
        id=schedule.id,
        name=schedule.name,
        time_zone=schedule.time_zone,
        availability=_weekly(schedule),
        is_default=schedule.id == schedules.default_id,
    )


def whole(schedules: Schedules, schedule: KeptSchedule) -> ScheduleView:
    return ScheduleView(
        id=schedule.id,
        name=schedule.name,
        time_zone=schedule.time_zone,
        working_hours=_working_hours(schedule),
        schedule=_rows(schedule),
        availability=_week(schedule),
        date_overrides=_overrides(schedule),
        is_default=schedule.id == schedules.default_id,
        is_last_schedule=len(schedules.kept) == 1,
        is_managed=False,
        read_only=False,
    )


def stored(schedules: Schedules, schedule: KeptSchedule) -> StoredSchedule:
    return StoredSchedule(
        id=schedule.id,
        user_id=schedules.user_id,
        name=schedule.name,
        time_zone=schedule.time_zone,
        availability=_rows(schedule),
    )


def updated(before: Schedules, after: Schedules, schedule: KeptSchedule) -> UpdatedSchedule:
    return UpdatedSchedule(
        schedule=stored(after, schedule),
        availability=_week(schedule),
        time_zone=schedule.time_zone,
        is_default=schedule.id == after.default_id,
        prev_default_id=before.default_id,
        current_default_id=after.default_id,
    )


def _rows(schedule: KeptSchedule) -> list[AvailabilityView]:
    """The weekly hours, and after them those of dates."""
    weekly = _weekly(schedule)
    dated = [(override.date, window) for override in schedule.date_overrides for window in _windows(override)]
    return weekly + [
        _row(position, schedule, window, day=day) for position, (day, window) in enumerate(dated, len(weekly) + 1)
    ]


def _weekly(schedule: KeptSchedule) -> list[AvailabilityView]:
    return [
        _row(position, schedule, window, days=window.days) for position, window in enumerate(schedule.availability, 1)
    ]


def _row(
    position: int, schedule: KeptSchedule, window: Window, days: tuple[int, ...] = (), day: date | None = None
) -> AvailabilityView:
    return AvailabilityView(
        id=position,
        user_id=None,
        event_type_id=None,
        days=list(days),
        start_time=_on(FIRST_DAY, window.start_time),
        end_time=_on(FIRST_DAY, window.end_time),
        date=day and _on(day, time()),
        schedule_id=schedule.id,
    )


def _working_hours(schedule: KeptSchedule) -> list[WorkingHours]:
    hours = [
        WorkingHours(days=list(window.days), start_time=_minutes(window.start_time), end_time=_minutes(window.end_time))
        for window in schedule.availability
    ]
    return sorted(hours, key=lambda one: one.start_time)


def _week(schedule: KeptSchedule) -> list[list[HoursView]]:
    today = clock.now().date()
    windows = sorted(schedule.availability, key=lambda window: window.start_time)
    return [[_hours(today, window) for window in windows if day in window.days] for day in range(7)]


def _hours(day: date, window: Window) -> HoursView:
    """A whole day ends with its last instant here, which Cal.com's form looks for."""
    ends = LAST_INSTANT if window.end_time == END_OF_DAY else window.end_time
    return HoursView(start=_on(day, window.start_time), end=_on(day, ends))


def _overrides(schedule: KeptSchedule) -> list[DateOverrideView]:
    today = clock.now().astimezone(schedule.zone).date()
    coming = sorted((one for one in schedule.date_overrides if one.date >= today), key=lambda one: one.date)
    return [DateOverrideView(ranges=_ranges(override)) for override in coming]


def _ranges(override: DateOverride) -> list[HoursView]:
    day = override.date
    return [HoursView(start=_on(day, one.start_time), end=_on(day, one.end_time)) for one in _windows(override)]


def _windows(override: DateOverride) -> tuple[Window, ...]:
    return override.windows or (OFF,)


def _on(day: date, at: time) -> datetime:
    return datetime.combine(day, at, UTC)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute
