"""What the schools' side tells people by e-mail, and what has to be known to tell it."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from immersio.booking.model import Attendee
from immersio.payment.model import RefundStatus
from kernel.clock import Instant

QUEUE = "immersio-notices"


class Reader(StrEnum):
    """Who is told of a booking."""

    STUDENT = "student"
    TEACHER = "teacher"
    OWNER = "owner"


class Notice(StrEnum):
    """Also where its templates stand: `student.booked` in `student/booked`."""

    INVITATION = "invitation"

    BOOKED = "student.booked"
    PAYMENT_NEEDED = "student.payment_needed"
    OFFERED = "student.offered"
    """A freed seat, to somebody of the waitlist."""
    CANCELLED = "student.cancelled"
    MOVED = "student.moved"
    REFUND_SETTLED = "student.refund_settled"
    """Later than the cancellation: the money is back, or will not come."""
    CALLED_OFF = "student.called_off"
    """To somebody of the waitlist: the class that they wait for does not take place."""

    TEACHER_BOOKED = "teacher.booked"
    TEACHER_CANCELLED = "teacher.cancelled"
    TEACHER_MOVED = "teacher.moved"

    REFUND_FAILED = "owner.refund_failed"
    DISPUTED = "owner.disputed"
    TOLD_NO_MORE = "owner.told_no_more"
    """What happens at the school is not told to its Immersio any more."""

    @property
    def reader(self) -> Reader:
        """Of a notice about a booking."""
        return Reader(self.partition(".")[0])

    @property
    def template(self) -> str:
        return self.replace(".", "/")


class _Owed(BaseModel):
    model_config = ConfigDict(frozen=True)


class InvitationOwed(_Owed):
    tenant_id: int
    email: str
    invite_id: int


class ReceiverOwed(_Owed):
    tenant_id: int
    disabled_at: Instant
    """Once the school has mended it, the notice holds no more."""
    failing_since: Instant | None
    """None: the receiver itself said that it wants no more."""
    owner_id: int | None = None
    """Which of the school's owners is told; None: all of them, each by a message of their own."""


class WaitingOwed(_Owed):
    """Who waited for a class; their entry of the waitlist is gone when they are told."""

    tenant_id: int
    workshop_id: int
    starts_at: Instant
    attendee: Attendee


class BookingOwed(_Owed):
    """Which booking, and what was true of it when this came to be owed; the rest its row tells."""

    tenant_id: int
    uid: str
    starts_at: Instant
    previously_at: Instant | None = None
    """Where it was moved from."""
    paid: bool = False
    was_accepted: bool = False
    """Of a cancellation: the seat had been theirs, so it stands in calendars."""
    was_offer: bool = False
    """Of a cancellation: the seat had only been offered."""
    refund: RefundStatus | None = None
    owner_id: int | None = None
    """Which of the school's owners is told; None: all of them, each by a message of their own."""
