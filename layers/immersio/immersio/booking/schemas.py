"""What the staff reads of bookings over tRPC, and what students send and are told over REST."""

from datetime import UTC, datetime
from typing import Annotated, Literal, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel

from immersio.booking.model import BookingStatus
from immersio.payment.model import RefundStatus
from immersio.schedule.model import TimeZone
from kernel.clock import Instant
from kernel.fields import Email, Identifier, Line, iso_datetime
from kernel.trpc_fields import ABSENT, Input, JsDate, JsInt, Output

MOST_ON_A_PAGE = 1000
"""The specification names no most; so many with all their text are well below the 6 MB that Lambda answers."""
FIRST_INSTANT = datetime.min.replace(tzinfo=UTC)
LAST_INSTANT = datetime.max.replace(tzinfo=UTC)
StatusName = Literal["accepted", "pending", "cancelled"]
ANY_STATUS = cast("StatusName", "")


def _instant(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("must say its time zone, such as 2026-12-01T14:00:00Z")
    return value.astimezone(UTC)


Reason = Annotated[Line, Field(max_length=200)]
StartTime = Annotated[datetime, BeforeValidator(iso_datetime), AfterValidator(_instant)]


def _fits_on_a_page(limit: int) -> int:
    if not 1 <= limit <= MOST_ON_A_PAGE:
        raise ValueError(f"must be from 1 to {MOST_ON_A_PAGE}; the rest is on the next pages")
    return limit


Limit = Annotated[
    JsInt, AfterValidator(_fits_on_a_page), Field(json_schema_extra={"minimum": 1, "maximum": MOST_ON_A_PAGE})
]


def statuses_of(status: StatusName) -> tuple[BookingStatus, ...]:
    return tuple(BookingStatus) if status == ANY_STATUS else (BookingStatus(status),)


class GetBookingsInput(Input):
    workshop_id: JsInt
    status: StatusName = ANY_STATUS
    start_date: JsDate = FIRST_INSTANT
    end_date: JsDate = LAST_INSTANT
    page: Annotated[JsInt, Field(ge=1)] = 1
    limit: Limit = 50

    @field_validator("end_date")
    @classmethod
    def _not_before_it_starts(cls, end_date: datetime, info: ValidationInfo) -> datetime:
        if end_date < info.data.get("start_date", FIRST_INSTANT):
            raise ValueError("must not be earlier than startDate")
        return end_date

    @property
    def statuses(self) -> tuple[BookingStatus, ...]:
        return statuses_of(self.status)


class _Told(Output):
    model_config = ConfigDict(serialize_by_alias=True)


class AttendeeView(_Told):
    email: str
    name: str
    time_zone: str


class PaymentView(Output):
    amount: int
    currency: str
    status: str


class MetadataView(Output):
    """What is not known is left out."""

    immersio_student_id: str = ""
    registration_source: str = ""


class BookingView(Output):
    id: int
    uid: str
    title: str
    start_time: JsDate
    end_time: JsDate
    status: str
    paid: bool
    attendees: list[AttendeeView]
    """One: a booking is one seat."""
    payment: PaymentView | None
    metadata: MetadataView
    created_at: JsDate


class ListedRefundView(Output):
    status: str
    amount: int
    currency: str


class DisputeView(Output):
    """Somebody asked their bank for the money."""

    status: str
    """Stripe's word."""
    reason: str
    amount: int
    currency: str


class ListedBooking(BookingView):
    """With what whoever does not look at one workshop has to know."""

    workshop_id: int
    refund: ListedRefundView | None
    dispute: DisputeView | None


class ListBookingsInput(Input):
    workshop_id: JsInt = ABSENT
    status: StatusName = ANY_STATUS
    page: Annotated[JsInt, Field(ge=1)] = 1
    limit: Limit = 50

    @property
    def statuses(self) -> tuple[BookingStatus, ...]:
        return statuses_of(self.status)

    @property
    def of_workshop(self) -> int | None:
        return self.workshop_id if "workshop_id" in self.model_fields_set else None

    @property
    def first(self) -> int:
        """How many are on the pages before."""
        return (self.page - 1) * self.limit


class ListedPage(Output):
    bookings: list[ListedBooking]
    total_count: int
    """On all pages."""


class CancelBookingInput(Input):
    uid: Identifier
    reason: Reason = ABSENT


class CancelOccurrenceInput(Input):
    workshop_id: JsInt
    start_time: JsDate
    reason: Reason = ABSENT


class CalledOff(Output):
    success: bool
    bookings: int
    """Seats that are given back."""


class BookingPage(Output):
    bookings: list[BookingView]
    total_count: int
    """On all pages."""


class _Public(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, validate_by_name=False)


class AtSchool(_Public):
    tenant_slug: Annotated[str, Field(min_length=1, max_length=63)]
    """The school's."""


class WithToken(_Public):
    token: Annotated[str, Field(min_length=1, max_length=200, description="The booking's `manageToken`")]


class AttendeeInput(_Public):
    email: Email
    name: Line
    time_zone: TimeZone


class BookRequest(_Public):
    start_time: StartTime
    attendee: AttendeeInput
    immersio_student_id: Identifier | None = None


class CancelRequest(WithToken):
    reason: Reason | None = None
    require_refund: Annotated[bool, Field(description="Rather not cancel than lose the money")] = False


class RescheduleRequest(WithToken):
    start_time: StartTime


class PublicBooking(_Told):
    id: int
    uid: str
    status: BookingStatus
    title: str
    start_time: Instant
    end_time: Instant
    paid: bool


class CheckoutView(_Told):
    checkout_url: str
    expires_at: Instant
    amount: int
    currency: str


class Reserved(_Told):
    booking: PublicBooking
    manage_token: str
    """Who has it may see, move and cancel this seat; it is told once, here."""
    manage_url: str
    payment: CheckoutView | None
    """Null where nothing is to be paid."""


class RefundView(_Told):
    eligible: bool
    """The money goes back."""
    within_window: bool
    """Early enough for that."""
    status: RefundStatus | None
    amount: int
    currency: str | None


class ManagedBooking(_Told):
    booking: PublicBooking
    attendee: AttendeeView
    payment: CheckoutView | None
    """Where it can be paid; null where nothing is to be paid any more."""
    refund: RefundView
    """What cancelling now would give back, or what it gave."""


class CancelledBooking(_Told):
    success: bool
    booking: PublicBooking
    refund: RefundView


class CancelledByStaff(_Told):
    success: bool
    booking: ListedBooking
    refund: RefundView
