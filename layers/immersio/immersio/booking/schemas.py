"""What `immersio.workshop.getBookings` takes and gives."""

from datetime import UTC, datetime
from typing import Annotated, Literal, cast

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from immersio.booking.model import BookingStatus
from kernel.trpc_fields import Input, JsDate, JsInt, Output

MOST_ON_A_PAGE = 1000
"""The specification names no most; so many with all their text are well below the 6 MB that Lambda answers."""
FIRST_INSTANT = datetime.min.replace(tzinfo=UTC)
LAST_INSTANT = datetime.max.replace(tzinfo=UTC)
StatusName = Literal["accepted", "pending", "cancelled"]
ANY_STATUS = cast("StatusName", "")
"""The default of what may be left out, but is never null."""


def _fits_on_a_page(limit: int) -> int:
    if not 1 <= limit <= MOST_ON_A_PAGE:
        raise ValueError(f"must be from 1 to {MOST_ON_A_PAGE}; the rest is on the next pages")
    return limit


class GetBookingsInput(Input):
    workshop_id: JsInt
    status: StatusName = ANY_STATUS
    start_date: JsDate = FIRST_INSTANT
    end_date: JsDate = LAST_INSTANT
    page: Annotated[JsInt, Field(ge=1)] = 1
    limit: Annotated[JsInt, AfterValidator(_fits_on_a_page)] = 50

    @field_validator("end_date")
    @classmethod
    def _not_before_it_starts(cls, end_date: datetime, info: ValidationInfo) -> datetime:
        if end_date < info.data.get("start_date", FIRST_INSTANT):
            raise ValueError("must not be earlier than startDate")
        return end_date

    @property
    def statuses(self) -> tuple[BookingStatus, ...]:
        return tuple(BookingStatus) if self.status == ANY_STATUS else (BookingStatus(self.status),)


class AttendeeView(Output):
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


class BookingPage(Output):
    bookings: list[BookingView]
    total_count: int
    """On all pages."""
