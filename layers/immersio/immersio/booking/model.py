"""One seat in one occurrence of a workshop, and what was paid for it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from immersio.payment.model import RefundStatus
from immersio.schedule.model import TimeZone
from immersio.seat.model import Place
from kernel.clock import Instant


class BookingStatus(StrEnum):
    PENDING = "pending"
    """The seat is held until it is paid."""
    ACCEPTED = "accepted"
    CANCELLED = "cancelled"


class CancelledBy(StrEnum):
    STUDENT = "student"
    TEACHER = "teacher"
    TENANT = "tenant"
    """The school: its owner or an administrator."""
    SYSTEM = "system"
    """Nobody paid in time, or the payment came when the seat was gone."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Attendee(_Part):
    email: str
    name: str
    time_zone: TimeZone


class Payment(_Part):
    """Money for a seat, as Stripe last told of it."""

    id: int
    amount: int
    """Minor units of `currency`."""
    currency: str
    status: str
    account_id: str
    """The school's account at Stripe that the money went to, whichever it has now."""
    session_id: str | None = None
    checkout_url: str | None = None
    payment_intent_id: str | None = None
    customer_id: str | None = None


class Refund(_Part):
    status: RefundStatus
    amount: int
    currency: str
    stripe_refund_id: str | None = None


class Cancellation(_Part):
    at: Instant
    by: CancelledBy
    reason: str | None = None
    within_window: bool
    """At least `refundWindowHours` before the start."""
    eligible: bool
    """Its money goes back."""
    is_late: bool = False
    """Later than the teacher asked to be told."""


class Booking(_Part):
    tenant_id: int
    id: int
    uid: str
    workshop_id: int
    event_type_id: int
    title: str
    """The workshop's, when it was booked."""
    starts_at: Instant
    ends_at: Instant
    status: BookingStatus
    attendee: Attendee
    hold_until: Instant | None = None
    """While it is pending: when the seat goes to somebody else."""
    payment: Payment | None = None
    """None for a free seat."""
    paid: bool = False
    refund: Refund | None = None
    cancellation: Cancellation | None = None
    refund_window_seconds: int
    """The workshop's policy when it was booked, here and below."""
    cancellation_notice_seconds: int
    immersio_course_id: str | None = None
    immersio_student_id: str | None = None
    registration_source: str | None = None
    revision: int = 1
    """Rises with every change; the `sequence` of its events and of its calendar entry."""
    created_at: Instant

    @property
    def place(self) -> Place:
        return Place(self.tenant_id, self.workshop_id, self.starts_at)

    def is_alive(self, now: datetime) -> bool:
        """Whether it has a right to its seat at this moment (INV-12)."""
        if self.status is BookingStatus.PENDING:
            return self.hold_until is None or self.hold_until > now
        return self.status is BookingStatus.ACCEPTED

    def is_within_window(self, now: datetime) -> bool:
        """Hours are elapsed time, whatever clocks do in between (INV-21)."""
        return self.starts_at - now >= timedelta(seconds=self.refund_window_seconds)

    def is_late(self, now: datetime) -> bool:
        return self.starts_at - now < timedelta(seconds=self.cancellation_notice_seconds)

    def becoming(self, **changes: Any) -> Self:
        """The next version."""
        return self.model_copy(update={**changes, "revision": self.revision + 1})
