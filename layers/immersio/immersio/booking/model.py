"""One seat in one occurrence of a workshop, and what was paid for it."""

from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from immersio.schedule.model import TimeZone
from kernel.clock import Instant


class BookingStatus(StrEnum):
    PENDING = "pending"
    """The seat is held until it is paid."""
    ACCEPTED = "accepted"
    CANCELLED = "cancelled"


class Attendee(BaseModel):
    model_config = ConfigDict(frozen=True)

    email: str
    name: str
    time_zone: TimeZone


class Payment(BaseModel):
    """Money for a seat, as Stripe last told of it."""

    model_config = ConfigDict(frozen=True)

    amount: int
    """Minor units of `currency`."""
    currency: str
    status: str


class Booking(BaseModel):
    model_config = ConfigDict(frozen=True)

    tenant_id: int
    id: int
    uid: str
    workshop_id: int
    title: str
    """The workshop's, when it was booked."""
    starts_at: Instant
    ends_at: Instant
    status: BookingStatus
    attendee: Attendee
    payment: Payment | None = None
    """None for a free seat."""
    paid: bool = False
    immersio_student_id: str | None = None
    registration_source: str | None = None
    created_at: Instant


class OccurrenceCounts(BaseModel):
    """How many bookings of each status one occurrence has, kept up to date by whatever changes a booking."""

    model_config = ConfigDict(frozen=True)

    starts_at: Instant
    pending: int = 0
    accepted: int = 0
    cancelled: int = 0

    def of(self, statuses: Iterable[BookingStatus]) -> int:
        return sum(getattr(self, status) for status in statuses)
