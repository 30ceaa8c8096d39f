"""What the procedures of `viewer.availability` take and give, in Cal.com's shapes.

A Date stands for a time on the clock of the schedule's zone, which is its hours and minutes in UTC; the day it lies on
counts only in `dateOverrides`.
"""

from datetime import UTC, date, datetime, time
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator, model_validator

from immersio.schedule.model import FIRST_DATE, LAST_DATE, TimeOfDay, TimeZone
from kernel.fields import Line
from kernel.trpc_fields import Input, JsDate, JsInt, Output


def time_of(instant: datetime) -> time:
    """The time of day a Date stands for; Cal.com's own end of the day, 23:59:59.999, is 23:59."""
    return instant.astimezone(UTC).time().replace(second=0, microsecond=0)


def _time_of_a_date(value: Any) -> Any:
    return time_of(value) if isinstance(value, datetime) else value


Name = Annotated[Line, Field(max_length=100)]
TimeOrDate = Annotated[
    TimeOfDay,
    BeforeValidator(_time_of_a_date),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)(:00)?$"},
                {"type": "string", "format": "date-time"},
            ]
        }
    ),
]


class _Hours(Input):
    start: JsDate
    end: JsDate

    @property
    def window(self) -> dict[str, time]:
        return {"start_time": time_of(self.start), "end_time": time_of(self.end)}


class WeekdayHours(_Hours):
    @model_validator(mode="after")
    def _starts_before_it_ends(self) -> "WeekdayHours":
        if time_of(self.start) >= time_of(self.end):
            raise ValueError("start must be earlier than end; a day ends at 23:59")
        return self


class DateHours(_Hours):
    """Hours of one date; where they end as they start, that day is off."""

    @property
    def day(self) -> date:
        return self.start.astimezone(UTC).date()

    @model_validator(mode="after")
    def _lies_on_a_day(self) -> "DateHours":
        if not FIRST_DATE <= self.day <= LAST_DATE:
            raise ValueError(f"the date must be from {FIRST_DATE.year} to {LAST_DATE.year}")
        if time_of(self.start) > time_of(self.end):
            raise ValueError("start must not be later than end; the same twice means that the day is off")
        return self


class AvailabilityInput(Input):
    days: Annotated[list[Annotated[JsInt, Field(ge=0, le=6)]], Field(min_length=1, max_length=7)]
    start_time: TimeOrDate
    end_time: TimeOrDate

    @model_validator(mode="after")
    def _starts_before_it_ends(self) -> "AvailabilityInput":
        if self.start_time >= self.end_time:
            raise ValueError("startTime must be earlier than endTime; a day ends at 24:00")
        return self


class _Contents(Input):
    time_zone: TimeZone = ""
    schedule: list[Annotated[list[WeekdayHours], Field(max_length=20)]] = Field(default=[], max_length=7)
    """The hours of each day, Sunday first."""
    availability: list[AvailabilityInput] = Field(default=[], max_length=50)
    """The same in another form."""
    date_overrides: list[DateHours] = Field(default=[], max_length=1000)

    @field_validator("availability")
    @classmethod
    def _not_said_twice(cls, availability: list[AvailabilityInput], info: ValidationInfo) -> list[AvailabilityInput]:
        if availability and info.data.get("schedule"):
            raise ValueError("is another form of schedule; give one of the two")
        return availability


class CreateScheduleInput(_Contents):
    name: Name


class UpdateScheduleInput(_Contents):
    """What is not given stays as it is."""

    schedule_id: JsInt
    name: Name = ""
    is_default: bool = False
    """Only true says something: one schedule is always the default."""


class GetScheduleInput(Input):
    schedule_id: JsInt = 0
    """The default one if it is not given, or 0."""


class DeleteScheduleInput(Input):
    schedule_id: JsInt


class AvailabilityView(Output):
    """Weekly hours, or with `days` empty those of a date; times are on the first day of 1970."""

    id: int
    """The place in its schedule, counted from 1."""
    user_id: None
    event_type_id: None
    days: list[int]
    start_time: JsDate
    end_time: JsDate
    date: JsDate | None
    schedule_id: int


class HoursView(Output):
    start: JsDate
    end: JsDate


class WorkingHours(Output):
    days: list[int]
    start_time: int
    """Minutes of the day."""
    end_time: int


class DateOverrideView(Output):
    ranges: list[HoursView]


class ListedSchedule(Output):
    id: int
    name: str
    time_zone: str
    availability: list[AvailabilityView]
    """The weekly hours; those of dates come with the schedule itself."""
    is_default: bool


class ScheduleList(Output):
    schedules: list[ListedSchedule]


class ScheduleView(Output):
    id: int
    name: str
    time_zone: str
    working_hours: list[WorkingHours]
    schedule: list[AvailabilityView]
    availability: list[list[HoursView]]
    """The hours of each weekday, Sunday first, as of today."""
    date_overrides: list[DateOverrideView]
    """From today on."""
    is_default: bool
    is_last_schedule: bool
    is_managed: bool
    read_only: bool


class StoredSchedule(Output):
    id: int
    user_id: int
    name: str
    time_zone: str
    availability: list[AvailabilityView]


class CreatedSchedule(Output):
    schedule: StoredSchedule


class UpdatedSchedule(Output):
    schedule: StoredSchedule
    availability: list[list[HoursView]]
    time_zone: str
    is_default: bool
    prev_default_id: int
    current_default_id: int
