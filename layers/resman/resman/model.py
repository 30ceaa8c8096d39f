"""Tours: their rules, free of any storage or network."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from kernel.clock import Instant
from kernel.errors import IllegalStatusChange
from resman.property import StaffMember, Strict, TourType

CELL = timedelta(minutes=5)
"""The grain of the diary: durations and buffers are multiples of it."""


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


class Prospect(Strict):
    name: str
    email: str
    phone: str
    sms_consent: bool = False


class Slot(BaseModel):
    """Which time a tour takes, and whose."""

    model_config = ConfigDict(frozen=True)

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
    holds_slot: bool = True
    """False where ResMan moved the tour onto time that was already taken in our diary."""


class Tour(Slot):
    """One appointment, as we hold it. `revision` rises with every change that others must learn of;
    ResMan has seen `synced_revision`."""

    id: str
    account_id: str
    property_id: str
    conversation_id: str
    prospect: Prospect
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
    def is_promised(self) -> bool:
        """Prospect and staff were told of it, at this time or the one it moves from."""
        return self.status is not TourStatus.PENDING_SYNC or self.moved_from is not None

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
        """What people may make of it; a tour on the move is still the confirmed one to them."""
        return NEXT_STATUSES[TourStatus.CONFIRMED if self.moved_from else self.status]

    @property
    def cells(self) -> tuple[datetime, ...]:
        """The pieces of the lane's diary this tour takes, its buffer included."""
        return tuple(cells(self.starts_at, self.duration_minutes + self.buffer_minutes))

    @property
    def slot(self) -> Slot:
        return Slot.model_validate({name: getattr(self, name) for name in Slot.model_fields})

    def takes_other_time_than(self, other: "Tour") -> bool:
        same_lane = (self.lane, self.day) == (other.lane, other.day)
        return not same_lane or (self.cells, self.holds_slot) != (other.cells, other.holds_slot)

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
            state_changed_at=now,
            **dict(slot),
            **also,
        )

    def confirmed(self, now: datetime) -> "Tour":
        return self.changed(status=TourStatus.CONFIRMED, moved_from=None, state_changed_at=now)

    def failed(self, now: datetime) -> "Tour":
        return self.changed(status=TourStatus.FAILED, moved_from=None, state_changed_at=now)

    def given_up(self, now: datetime) -> "Tour":
        """Back in the slot that ResMan confirmed, or failed where there was none."""
        if self.moved_from is None or self.moved_from.starts_at <= now:
            return self.failed(now)
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
        cancelled_by = by if status is TourStatus.CANCELLED else None
        announced = dict(self.moved_from) if self.moved_from else {}
        return self.changed(
            status=status, cancelled_by=cancelled_by, moved_from=None, state_changed_at=now, **announced
        )


def cells(starts_at: datetime, minutes: int) -> Iterator[datetime]:
    """The diary's cells that `minutes` from `starts_at` touch, the first one rounded down to the grid."""
    cell = starts_at - (starts_at - datetime.min.replace(tzinfo=starts_at.tzinfo)) % CELL
    while cell < starts_at + timedelta(minutes=minutes):
        yield cell
        cell += CELL
