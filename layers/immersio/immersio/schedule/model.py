"""When a teacher can teach: weekly windows and date overrides in one zone, as Cal.com has them."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator
from pydantic.alias_generators import to_camel

DAY_NAMES = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
END_OF_DAY = time(23, 59)
"""Cal.com's convention, because a time of day cannot be 24:00: a window that ends here ends at midnight."""
FIRST_DATE, LAST_DATE = date(2000, 1, 1), date(2100, 12, 31)
"""Between these a schedule and its workshops live, so that no date can overflow the calendar."""
MOST_SCHEDULES = 50
"""One user may have so many, so that all of them are read at once."""
UNUSABLE_ZONES = re.compile(r"localtime|posixrules|Factory|(posix|right)/.*")
"""Files beside the zones: the machine's own zone, which is not the teacher's, and clocks that count leap seconds."""


def to_utc(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a wall-clock time.

    One in the spring gap moves forward by the gap; of two in the autumn fold the first is meant (INV-32).
    """
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def _zone_name(name: str) -> str:
    try:
        if UNUSABLE_ZONES.fullmatch(name):
            raise ValueError(name)
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be an IANA time zone such as Europe/Berlin") from None
    return name


def _time_of_day(value: Any) -> time:
    if isinstance(value, str) and re.fullmatch(r"\d{2}:\d{2}(:00)?", value, re.ASCII):
        try:
            return END_OF_DAY if value[:5] == "24:00" else time.fromisoformat(value)
        except ValueError:
            pass
    if isinstance(value, time) and value == value.replace(second=0, microsecond=0, tzinfo=None):
        return value
    raise ValueError("must be a time of day in whole minutes such as 14:30, or 24:00 for the end of the day")


def _without_repeats(days: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(days)))


TimeZone = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_zone_name)]
TimeOfDay = Annotated[time, BeforeValidator(_time_of_day), PlainSerializer(lambda at: f"{at:%H:%M}", return_type=str)]
CalendarDate = Annotated[date, Field(ge=FIRST_DATE, le=LAST_DATE)]
Weekday = Annotated[int, Field(ge=0, le=6)]
"""0 is Sunday, as in JavaScript and Cal.com."""


class Camel(BaseModel):
    """Reads camelCase and our own names, and never changes."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, frozen=True)


class Window(Camel):
    """A stretch of one day in local time; one that ends at 23:59 or 24:00 ends at midnight."""

    start_time: TimeOfDay
    end_time: TimeOfDay

    @model_validator(mode="after")
    def _starts_before_it_ends(self) -> "Window":
        if self.start_time >= self.end_time:
            raise ValueError(f"{self}: startTime must be earlier than endTime; a day ends at 24:00")
        return self

    def __str__(self) -> str:
        return f"{self.start_time:%H:%M}–{self.end_time:%H:%M}"

    def instants(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Where this window lies on one day, in UTC."""
        end = self.end_time
        closes = datetime.combine(day, end) if end != END_OF_DAY else datetime.combine(day + timedelta(days=1), time())
        return to_utc(datetime.combine(day, self.start_time), zone), to_utc(closes, zone)


class WeeklyWindow(Window):
    """A window that comes back on some days of every week."""

    days: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7), AfterValidator(_without_repeats)]


class DateOverride(Camel):
    """What holds on one date instead of its weekday's windows; no windows: the day is off."""

    date: CalendarDate
    windows: Annotated[tuple[Window, ...], Field(max_length=10)] = ()


OFFICE_HOURS = (WeeklyWindow(days=(1, 2, 3, 4, 5), start_time=time(9), end_time=time(17)),)


class Schedule(Camel):
    name: Annotated[str, Field(min_length=1, max_length=100)] = "Working Hours"
    time_zone: TimeZone
    availability: Annotated[tuple[WeeklyWindow, ...], Field(max_length=50)] = OFFICE_HOURS
    date_overrides: Annotated[tuple[DateOverride, ...], Field(max_length=366)] = ()

    @model_validator(mode="after")
    def _says_each_thing_once(self) -> "Schedule":
        for name, windows in self._named_days():
            _refuse_overlaps(name, windows)
        dates = sorted(override.date for override in self.date_overrides)
        for earlier, later in pairwise(dates):
            if earlier == later:
                raise ValueError(f"dateOverrides: {later} is given twice; put all its windows into one override")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def openings(self, day: date) -> tuple[Window, ...]:
        """The stretches of local time open on a day, in order; windows that touch are one opening."""
        overridden = self._overridden.get(day)
        return self._weekly[day.isoweekday() % 7] if overridden is None else overridden

    def open_days(self, since: date) -> Iterator[date]:
        """The days with openings from `since` on: a year and more of them, then only what overrides open.

        All overrides together cannot close more than 366 days, so a weekly window is met before the year is over.
        """
        regular = [since + timedelta(days=ahead) for ahead in range(400)] if any(self._weekly) else []
        opened = [override.date for override in self.date_overrides if override.date >= since]
        return (day for day in sorted({*regular, *opened}) if self.openings(day))

    @cached_property
    def _weekly(self) -> tuple[tuple[Window, ...], ...]:
        return tuple(_joined(window for window in self.availability if day in window.days) for day in range(7))

    @cached_property
    def _overridden(self) -> dict[date, tuple[Window, ...]]:
        return {override.date: _joined(override.windows) for override in self.date_overrides}

    def _named_days(self) -> Iterator[tuple[str, list[Window]]]:
        for day, name in enumerate(DAY_NAMES):
            yield name, [window for window in self.availability if day in window.days]
        for override in self.date_overrides:
            yield override.date.isoformat(), list(override.windows)


class KeptSchedule(Schedule):
    """One of the schedules that somebody has."""

    id: int


class Schedules(BaseModel):
    """All that one user has; one of them is always the default."""

    model_config = ConfigDict(frozen=True)

    tenant_id: int
    user_id: int
    revision: int = 0
    """How often they were changed; at 0 nothing is written down yet."""
    default_id: int
    kept: tuple[KeptSchedule, ...]

    def find(self, id: int) -> KeptSchedule | None:
        return next((schedule for schedule in self.kept if schedule.id == id), None)

    def adding(self, new: KeptSchedule) -> "Schedules":
        return self.model_copy(update={"kept": (*self.kept, new)})

    def replacing(self, changed: KeptSchedule) -> "Schedules":
        kept = tuple(changed if schedule.id == changed.id else schedule for schedule in self.kept)
        return self.model_copy(update={"kept": kept})

    def without(self, id: int) -> "Schedules":
        return self.model_copy(update={"kept": tuple(schedule for schedule in self.kept if schedule.id != id)})

    def with_default(self, id: int) -> "Schedules":
        return self.model_copy(update={"default_id": id})


def first_schedules(tenant_id: int, user_id: int, time_zone: str) -> Schedules:
    """What everybody has from the start: the default schedule, known by the user's own id until the end."""
    first = KeptSchedule(id=user_id, time_zone=time_zone)
    return Schedules(tenant_id=tenant_id, user_id=user_id, default_id=first.id, kept=(first,))


def default_schedule(time_zone: str) -> Schedule:
    """What a teacher without a schedule keeps: Monday to Friday, 09:00 to 17:00."""
    return Schedule(time_zone=time_zone)


def _in_order(windows: Iterable[Window]) -> list[Window]:
    return sorted(windows, key=lambda window: window.start_time)


def _refuse_overlaps(day: str, windows: Iterable[Window]) -> None:
    for earlier, later in pairwise(_in_order(windows)):
        if later.start_time < earlier.end_time:
            raise ValueError(f"{day}: {earlier} and {later} overlap")


def _joined(windows: Iterable[Window]) -> tuple[Window, ...]:
    joined: list[Window] = []
    for window in _in_order(windows):
        start = joined.pop().start_time if joined and joined[-1].end_time == window.start_time else window.start_time
        joined.append(Window(start_time=start, end_time=window.end_time))
    return tuple(joined)
