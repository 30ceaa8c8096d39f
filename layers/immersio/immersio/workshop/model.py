"""A workshop or live class: what is taught, by whom, when, for how many and at what price."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import product
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from immersio.schedule.model import FIRST_DATE, LAST_DATE, Camel, Schedule, TimeZone
from kernel.clock import Instant

MAX_COUNT = 10_000
LocationType = Literal["zoom", "google_meet", "in_person", "link"]
WorkshopType = Literal["live_class", "workshop", "tutoring"]


def within_the_calendar(instant: datetime) -> datetime:
    if not FIRST_DATE.year <= instant.year <= LAST_DATE.year:
        raise ValueError(f"must lie in the years {FIRST_DATE.year} to {LAST_DATE.year}")
    return instant.astimezone(UTC)


class Frequency(StrEnum):
    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    MONTHLY = "monthly"
    NONE = "none"
    """It takes place once."""


class Recurrence(Camel):
    """How a series repeats, and where it ends: at `count` or at `end_date`, whichever comes first."""

    frequency: Frequency
    count: Annotated[int, Field(ge=1, le=MAX_COUNT)] | None = None
    end_date: Instant | None = None
    """An instant, as a JavaScript Date is: an occurrence that starts exactly then still takes place, a later one not.
    Midnight therefore leaves out the classes of the day that begins with it."""

    @property
    def is_open_ended(self) -> bool:
        return self.frequency is not Frequency.NONE and self.count is None and self.end_date is None


class Rule(Camel):
    """All that decides when a workshop takes place."""

    schedule: Schedule
    duration: Annotated[int, Field(ge=15, le=480)]
    """Minutes."""
    created_at: Instant
    starts_at: Annotated[AwareDatetime, AfterValidator(within_the_calendar)] | None = None
    """The first occurrence of a series; without a recurrence, the openings before it are not used."""
    recurrence: Recurrence | None = None

    @property
    def lasts(self) -> timedelta:
        return timedelta(minutes=self.duration)

    @property
    def begins(self) -> datetime:
        return self.starts_at or self.created_at.astimezone(UTC)


@dataclass(frozen=True, slots=True, order=True)
class Occurrence:
    """One class, in UTC."""

    starts_at: datetime
    ends_at: datetime


class Status(StrEnum):
    ACTIVE = "active"
    DRAFT = "draft"
    """Being prepared: its staff see it, nobody can book it."""
    ARCHIVED = "archived"
    """Offered no more; what is booked stays booked."""


class Location(Camel):
    type: LocationType
    link: str | None = None
    address: str | None = None


class Shelf(NamedTuple):
    """Those of a school's workshops that are alike in what is given; None: whatever it is."""

    status: str | None = None
    teacher_id: int | None = None
    immersio_course_id: str | None = None


class Workshop(BaseModel):
    model_config = ConfigDict(frozen=True)

    tenant_id: int
    id: int
    event_type_id: int
    """Cal.com's number of what can be booked; one workshop has one."""
    teacher_id: int
    title: str
    slug: str
    description: str | None = None
    duration: int
    """Minutes."""
    price: int
    """Minor units of `currency`; 0 is free."""
    currency: str
    """Three capital letters."""
    seats: int
    """For each occurrence."""
    locations: tuple[Location, ...]
    schedule_id: int | None = None
    """One of the teacher's schedules; None is their default."""
    recurrence: Recurrence | None = None
    starts_at: Instant | None = None
    """The first occurrence of a series, settled when it was made: later changes of the schedule do not move it."""
    time_zone: TimeZone
    """In which a series keeps its wall-clock time: the schedule's when the series was made."""
    whitelist_enabled: bool = False
    immersio_course_id: str | None = None
    sync_students: bool = False
    mapping_id: int | None = None
    """The number of its mapping to the course; another course is another mapping."""
    refund_window_hours: float
    cancellation_notice_hours: float
    topic_category: str | None = None
    workshop_type: WorkshopType
    status: Status = Status.ACTIVE
    revision: int = 1
    """Rises with every change."""
    held_until: Instant | None = None
    """No seat is claimed until then: somebody looks what is sold before they change it; see `workshop.holds`."""
    created_at: Instant

    @property
    def is_series(self) -> bool:
        return self.recurrence is not None

    @property
    def is_archived(self) -> bool:
        return self.status is Status.ARCHIVED

    @property
    def followed_course(self) -> str | None:
        """The course whose students may book it, as long as they are enrolled there."""
        return self.immersio_course_id if self.sync_students and not self.is_archived else None

    @property
    def timetable(self) -> tuple[object, ...]:
        """What decides when it takes place: of a series its rule, else whose schedule and which one."""
        own = (
            (self.starts_at, self.time_zone) if self.is_series else (self.starts_at, self.teacher_id, self.schedule_id)
        )
        return (self.duration, self.recurrence, *own)

    @property
    def shelves(self) -> frozenset["Shelf"]:
        """Every list that it stands in."""
        alike = product({None, self.status}, {None, self.teacher_id}, {None, self.immersio_course_id})
        return frozenset(Shelf(*each) for each in alike)

    def rule(self, schedule: Schedule) -> Rule:
        """When it takes place; a series needs of the schedule only the zone it was made in."""
        own = Schedule(time_zone=self.time_zone) if self.is_series else schedule
        return Rule(
            schedule=own,
            duration=self.duration,
            created_at=self.created_at,
            starts_at=self.starts_at,
            recurrence=self.recurrence,
        )
