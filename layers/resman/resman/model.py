"""Tours and the properties they are given at: the rules, free of any storage or network."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, model_validator

from kernel.clock import Instant
from kernel.errors import IllegalStatusChange
from kernel.fields import Email

CELL = timedelta(minutes=5)
"""The grain of the diary: durations and buffers are multiples of it."""


class TourType(StrEnum):
    IN_PERSON = "in_person"
    VIRTUAL = "virtual"
    SELF_GUIDED = "self_guided"


class TourStatus(StrEnum):
    PENDING_SYNC = "pending_sync"
    """Kept and claimed by us, new or at a new time; ResMan has not taken it yet."""
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"
    FAILED = "failed"
    """ResMan never took it; the prospect got an apology and alternatives."""


class Outcome(StrEnum):
    INTERESTED = "interested"
    NOT_INTERESTED = "not_interested"
    FOLLOW_UP_NEEDED = "follow_up_needed"


NEXT_STATUSES: dict[TourStatus, tuple[TourStatus, ...]] = {
    TourStatus.PENDING_SYNC: (TourStatus.CANCELLED,),
    TourStatus.CONFIRMED: (TourStatus.CANCELLED, TourStatus.COMPLETED, TourStatus.NO_SHOW),
    TourStatus.COMPLETED: (),
    TourStatus.CANCELLED: (),
    TourStatus.NO_SHOW: (),
    TourStatus.FAILED: (),
}
"""What people may make of a tour. Confirming and failing are ResMan's answer, not a request."""

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
    colour: str = Field(default="#1F4E5F", pattern="^#[0-9A-Fa-f]{6}$")
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


class Prospect(Strict):
    name: str
    email: str
    phone: str
    sms_consent: bool = False


class Slot(Strict):
    """Which time a tour takes, and whose."""

    type: TourType
    starts_at: Instant
    day: date
    """The property's local day when the slot was given; the diary is kept by it even if the zone is corrected later."""
    duration_minutes: int
    buffer_minutes: int
    lane: str
    """Whose time it takes: a staff member's id, or one place of the self-guided capacity."""
    staff: StaffMember | None
    """None on a self-guided tour."""
    slot_since: Instant
    """When this slot was given; a reminder belongs to one slot."""


class Tour(BaseModel):
    """One appointment, as we hold it. `revision` rises with every change that others must learn of;
    ResMan has seen `synced_revision`."""

    model_config = ConfigDict(frozen=True)

    id: str
    account_id: str
    property_id: str
    conversation_id: str
    prospect: Prospect
    type: TourType
    starts_at: Instant
    day: date
    duration_minutes: int
    buffer_minutes: int
    lane: str
    staff: StaffMember | None
    slot_since: Instant
    moved_from: Slot | None = None
    """The confirmed slot a move began at, until ResMan has taken the new one."""
    status: TourStatus
    outcome: Outcome | None = None
    staff_notes: str | None = None
    unit_preferences: tuple[str, ...] = ()
    special_requests: str | None = None
    version: int = 1
    """Rises with every write, so that two writers cannot overwrite each other."""
    revision: int = 1
    synced_revision: int = 0
    resman_prospect_id: str | None = None
    resman_event_id: str | None = None
    resman_status: str | None = None
    """ResMan's own word where we do not know what it means (INV-36)."""
    resman_notes: str | None = None
    """What ResMan's staff wrote last; it stands there still when a client has noted something else since."""
    resman_updated_at: Instant | None = None
    holds_slot: bool = True
    """False where ResMan moved the tour onto time that was already taken in our diary."""
    booked_by_request: str | None = None
    """Which request made or last rebooked it, so that a repeat of that request finds it (INV-10)."""
    cancelled_by: str | None = None
    created_at: Instant
    state_changed_at: Instant
    """When its status or time last changed; a ResMan update from before that is old news (INV-36)."""

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.duration_minutes)

    @property
    def staff_name(self) -> str:
        return self.staff.name if self.staff else "Self-guided"

    @property
    def is_upcoming(self) -> bool:
        return self.status in (TourStatus.PENDING_SYNC, TourStatus.CONFIRMED)

    @property
    def is_final(self) -> bool:
        return not self.is_upcoming

    @property
    def was_never_confirmed(self) -> bool:
        """Nobody has been promised anything, and ResMan knows nothing, or does not know that it does."""
        return self.resman_event_id is None

    @property
    def is_over(self) -> bool:
        """It took place, or nobody came: an outcome can be told."""
        return self.status in (TourStatus.COMPLETED, TourStatus.NO_SHOW)

    @property
    def awaits_sync(self) -> bool:
        """ResMan has not seen our latest change."""
        return self.synced_revision < self.revision

    @property
    def next_statuses(self) -> tuple[TourStatus, ...]:
        return NEXT_STATUSES[self.status]

    @property
    def cells(self) -> tuple[datetime, ...]:
        """The pieces of the lane's diary this tour takes, its buffer included."""
        return tuple(cells(self.starts_at, self.duration_minutes + self.buffer_minutes))

    @property
    def slot(self) -> Slot:
        return Slot.model_validate({name: getattr(self, name) for name in Slot.model_fields})

    def takes_other_time_than(self, other: "Tour") -> bool:
        return (self.cells, self.lane) != (other.cells, other.lane)

    def changed(self, **changes: object) -> "Tour":
        """The next revision of this tour."""
        return self.model_copy(update={"revision": self.revision + 1, **changes})

    def succeeding(self, before: "Tour") -> "Tour":
        """This state as the next version of what is stored."""
        return self.model_copy(update={"version": before.version + 1})

    def moved(self, slot: Slot, now: datetime, **also: object) -> "Tour":
        """The tour in another slot, to be confirmed by ResMan (again)."""
        confirmed = self.slot if self.status is TourStatus.CONFIRMED else None
        return self.changed(
            status=TourStatus.PENDING_SYNC,
            moved_from=self.moved_from or confirmed,
            holds_slot=True,
            state_changed_at=now,
            **dict(slot),
            **also,
        )

    def confirmed(self, now: datetime) -> "Tour":
        return self.changed(status=TourStatus.CONFIRMED, moved_from=None, state_changed_at=now)

    def given_up(self, now: datetime) -> "Tour":
        """Back in the slot that ResMan confirmed, or failed where there was none."""
        if self.moved_from is None:
            return self.changed(status=TourStatus.FAILED, state_changed_at=now)
        return self.changed(status=TourStatus.CONFIRMED, moved_from=None, state_changed_at=now, **dict(self.moved_from))

    def with_status(self, status: TourStatus, by: str, now: datetime) -> "Tour":
        """The tour in another status, or an error that names what is allowed."""
        if status is self.status:
            return self
        if status not in self.next_statuses:
            allowed = [str(following) for following in self.next_statuses]
            raise IllegalStatusChange(
                f"A {self.status} tour cannot become {status}; "
                + (f"allowed: {', '.join(allowed)}" if allowed else f"{self.status} is final"),
                {"status": self.status, "allowed": allowed},
            )
        if status is TourStatus.CANCELLED:
            announced = dict(self.moved_from) if self.moved_from else {}
            return self.changed(status=status, cancelled_by=by, moved_from=None, state_changed_at=now, **announced)
        return self.changed(status=status, state_changed_at=now)


def cells(starts_at: datetime, minutes: int) -> Iterator[datetime]:
    """The diary's cells that `minutes` from `starts_at` touch, the first one rounded down to the grid."""
    cell = starts_at - (starts_at - datetime.min.replace(tzinfo=starts_at.tzinfo)) % CELL
    while cell < starts_at + timedelta(minutes=minutes):
        yield cell
        cell += CELL
