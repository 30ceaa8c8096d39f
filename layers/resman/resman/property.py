"""Properties and the way each gives tours, as operators set them up."""

from datetime import date, datetime, time
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, model_validator

from kernel.fields import Color, Email


class TourType(StrEnum):
    IN_PERSON = "in_person"
    VIRTUAL = "virtual"
    SELF_GUIDED = "self_guided"


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)


class Strict(BaseModel):
    """A model that refuses fields it does not know, so that a misspelt one is not silently dropped."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Opening(Strict):
    """A stretch of a day in the property's local time."""

    opens: time
    closes: time

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> "Opening":
        if self.opens >= self.closes:
            raise ValueError("opens must be earlier than closes")
        return self


class StaffMember(Strict):
    """Someone who gives tours; `id` is their ResMan employee id, the lowest `priority` is asked first."""

    id: str = Field(min_length=1, max_length=100)
    name: str = Field(min_length=1, max_length=100)
    email: Email
    priority: int = Field(default=0, ge=0)


Minutes = Annotated[int, Field(ge=0, le=120, multiple_of=5)]
"""At most two hours: a tour and its buffer are claimed in one conditional write, whose expression may have 4 KB."""


class TourOffer(Strict):
    """How one type of tour is given here. Capacity is counted for self-guided tours; others need staff."""

    duration_minutes: Annotated[int, Field(ge=5, le=120, multiple_of=5)] = 30
    buffer_minutes: Minutes = 15
    capacity: int = Field(default=1, ge=1, le=50)
    instructions: str = Field(max_length=1000)


class Property(Strict):
    """A property and the way it gives tours, as an operator set it up."""

    account_id: str
    id: str = Field(min_length=1, max_length=100)
    name: str = Field(min_length=1, max_length=200)
    timezone: str
    address: str = Field(min_length=1, max_length=300)
    resman_account_id: str
    resman_property_id: str
    leasing_email: Email
    leasing_phone: str = Field(default="", max_length=50)
    virtual_link: HttpUrl | None = None
    """Base address of the video rooms; each tour gets its own room below it."""
    colour: Color = "#1F4E5F"
    leasing_hours: dict[Weekday, tuple[Opening, ...]]
    holidays: tuple[date, ...] = ()
    offers: dict[TourType, TourOffer]
    staff: tuple[StaffMember, ...] = Field(min_length=1)
    slot_minutes: int = Field(default=30, ge=5, le=240, multiple_of=5)
    minimum_notice_minutes: int = Field(default=60, ge=0)
    booking_horizon_days: int = Field(default=60, ge=1, le=180)
    texting_hours: Opening | None = None
    """When text messages may be sent, property's time (None: 08:00 to 21:00); e-mails are sent at any hour."""

    @model_validator(mode="after")
    def _staff_are_told_apart(self) -> "Property":
        if len({member.id for member in self.staff}) < len(self.staff):
            raise ValueError("staff: two members have the same id; use their ResMan employee ids")
        return self

    @model_validator(mode="after")
    def _openings_follow_each_other(self) -> "Property":
        for day, openings in self.leasing_hours.items():
            if any(later.opens < earlier.closes for earlier, later in pairwise(openings)):
                raise ValueError(f"leasing_hours: the openings of {day} must be in order and not overlap")
        return self

    @model_validator(mode="after")
    def _zone_is_known(self) -> "Property":
        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"timezone {self.timezone!r} is not an IANA zone such as America/Chicago") from None
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def local(self, instant: datetime) -> datetime:
        return instant.astimezone(self.zone)

    def staff_member(self, lane: str) -> StaffMember | None:
        """Whose lane it is; None for a place of the self-guided capacity."""
        return next((member for member in self.staff if member.id == lane), None)

    def openings(self, day: date) -> tuple[Opening, ...]:
        if day in self.holidays:
            return ()
        return self.leasing_hours.get(WEEKDAYS[day.weekday()], ())
