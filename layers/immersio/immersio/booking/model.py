"""One seat in one occurrence of a workshop, and what was paid for it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from immersio.payment.model import Dispute, RefundStatus
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


class PaymentStatus(StrEnum):
    OPEN = "open"
    """Nobody has paid yet."""
    FAILED = "failed"
    """A card was declined; while the seat is held, another may be tried."""
    PROCESSING = "processing"
    """Paid in a way that takes days; whether the money comes is not known."""
    PAID = "succeeded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    """Somebody asked their bank for the money."""
    LOST = "lost"
    """The bank gave it to them."""


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
    status: PaymentStatus = PaymentStatus.OPEN
    account_id: str
    """The school's account at Stripe that the money goes to, whichever it has later."""
    expires_at: Instant
    """When Stripe's page closes by itself; the seat may be held for a shorter time."""
    session_id: str | None = None
    """None until Stripe has opened its page."""
    checkout_url: str | None = None
    payment_intent_id: str | None = None
    customer_id: str | None = None


class Refund(_Part):
    status: RefundStatus
    amount: int
    """What goes back, or did."""
    returned: int = 0
    """What has arrived by now, by hand too; so much is out of the school's revenue."""
    currency: str
    stripe_refund_id: str | None = None
    """None until Stripe has made it, or where it refused."""
    reason: str | None = None
    """Stripe's word for why it failed."""


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
    is_told: bool = False
    """Immersio knows; of a seat that was never theirs it is told only if money goes back."""


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
    accepted_at: Instant | None = None
    """When the seat became theirs; None if it never did."""
    refund: Refund | None = None
    cancellation: Cancellation | None = None
    dispute: Dispute | None = None
    refund_window_seconds: int
    """The workshop's policy when it was booked, here and below."""
    cancellation_notice_seconds: int
    immersio_course_id: str | None = None
    immersio_student_id: str | None = None
    registration_source: str | None = None
    revision: int = 1
    """Rises with every change, and is the SEQUENCE of its calendar entry."""
    events: int = 0
    """How many events Immersio has been told of it; the `sequence` of the last one."""
    is_forfeited: bool = False
    """It was moved when its money would not have come back any more; a later date does not change that."""
    created_at: Instant

    @property
    def bill(self) -> Payment:
        """The payment of a seat that costs something."""
        if self.payment is None:
            raise ValueError(f"{self.uid} costs nothing")
        return self.payment

    @property
    def pay_until(self) -> datetime | None:
        """While it is pending: when Stripe's page closes, or the offer ends."""
        ends = (self.hold_until, self.payment.expires_at if self.payment else None)
        return min((each for each in ends if each), default=None)

    @property
    def is_offer(self) -> bool:
        """A freed seat that is held for somebody of the waitlist, until they take it."""
        return self.status is BookingStatus.PENDING and self.payment is None

    @property
    def owes_refund(self) -> bool:
        """Money has to go back, and Stripe has not been told, or has not answered."""
        refund = self.refund
        return refund is not None and refund.status is RefundStatus.PENDING and refund.stripe_refund_id is None

    @property
    def ran_out(self) -> bool:
        """The seat was given away because nobody had paid by then; a payment that comes later may win it back."""
        cancellation = self.cancellation
        return cancellation is not None and cancellation.by is CancelledBy.SYSTEM and not self.paid

    @property
    def place(self) -> Place:
        return Place(self.tenant_id, self.workshop_id, self.starts_at)

    def is_alive(self, now: datetime) -> bool:
        """Whether it has a right to its seat at this moment (INV-12)."""
        if self.status is BookingStatus.PENDING:
            return self.hold_until is None or self.hold_until > now
        return self.status is BookingStatus.ACCEPTED

    def status_at(self, now: datetime) -> BookingStatus:
        """A hold that is over has ended, whether anybody has come to write that or not (INV-12)."""
        ended = self.status is BookingStatus.PENDING and not self.is_alive(now)
        return BookingStatus.CANCELLED if ended else self.status

    def is_within_window(self, now: datetime) -> bool:
        """Hours are elapsed time, whatever clocks do in between (INV-21)."""
        in_time = self.starts_at - now >= timedelta(seconds=self.refund_window_seconds)
        return in_time and not self.is_forfeited

    def is_late(self, now: datetime) -> bool:
        return self.starts_at - now < timedelta(seconds=self.cancellation_notice_seconds)

    def becoming(self, **changes: Any) -> Self:
        """The next version."""
        return self.model_copy(update={**changes, "revision": self.revision + 1})
