"""What a school's Immersio is told, event by event (specification, section 3); null is what is not known, or is not."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from immersio.booking.model import BookingStatus, CancelledBy
from immersio.payment.model import RefundStatus
from kernel.clock import Second


class _Told(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )


class EventData(_Told):
    """The `data` of an event."""

    EVENT: ClassVar[str]


class Attendee(_Told):
    email: str
    name: str
    time_zone: str
    """An IANA name."""


class BookingPayment(_Told):
    amount: int
    """Minor units of `currency`."""
    currency: str
    paid: bool
    stripe_payment_id: str | None


class BookingMetadata(_Told):
    immersio_course_id: str | None
    immersio_student_id: str | None


class CreatedBooking(_Told):
    id: int
    uid: str
    title: str
    """The workshop's."""
    workshop_id: int
    event_type_id: int
    start_time: Second
    end_time: Second
    status: BookingStatus
    attendee: Attendee
    payment: BookingPayment | None
    """Null where the seat is free of charge."""
    metadata: BookingMetadata


class TenantAtImmersio(_Told):
    id: int
    slug: str
    immersio_org_id: str | None


class BookingCreated(EventData):
    """A seat is somebody's: it was free of charge, or is paid."""

    EVENT = "BOOKING_CREATED"
    booking: CreatedBooking
    tenant: TenantAtImmersio


class EndedBooking(_Told):
    id: int
    uid: str
    workshop_id: int
    cancelled_at: Second
    cancelled_by: CancelledBy
    cancellation_reason: str | None


class BookingRefund(_Told):
    eligible: bool
    """The money goes back."""
    within_window: bool
    """It was cancelled early enough for that."""
    status: RefundStatus | None
    """Null where nothing goes back."""
    amount: int
    """Minor units of `currency`; 0 where nothing goes back."""
    currency: str | None
    stripe_refund_id: str | None


class Tenant(_Told):
    id: int
    slug: str


class BookingCancelled(EventData):
    """A seat is given back, by whomever; told once it is known what becomes of the money."""

    EVENT = "BOOKING_CANCELLED"
    booking: EndedBooking
    refund: BookingRefund
    tenant: Tenant


class CompletedPayment(_Told):
    id: int
    booking_id: int
    booking_uid: str
    amount: int
    """Minor units of `currency`."""
    fee: int
    """What we keep of it: nothing."""
    currency: str
    stripe_payment_id: str | None
    stripe_customer_id: str | None


class PaidWorkshop(_Told):
    id: int
    title: str
    immersio_course_id: str | None


class PayingAttendee(_Told):
    email: str
    immersio_student_id: str | None


class TenantAtStripe(_Told):
    id: int
    slug: str
    stripe_account_id: str


class PaymentCompleted(EventData):
    """Money for a seat has arrived on the school's account at Stripe."""

    EVENT = "PAYMENT_COMPLETED"
    payment: CompletedPayment
    workshop: PaidWorkshop
    attendee: PayingAttendee
    tenant: TenantAtStripe


class Teacher(_Told):
    id: int
    name: str
    email: str


class CreatedWorkshop(_Told):
    id: int
    event_type_id: int
    title: str
    slug: str
    duration: int
    """Minutes."""
    price: int
    """Minor units of `currency`; 0 is free."""
    currency: str
    seats: int
    immersio_course_id: str | None
    teacher: Teacher


class WorkshopCreated(EventData):
    """A workshop or live class is offered."""

    EVENT = "WORKSHOP_CREATED"
    workshop: CreatedWorkshop
    tenant: Tenant


ALL: tuple[type[EventData], ...] = (BookingCreated, BookingCancelled, PaymentCompleted, WorkshopCreated)
