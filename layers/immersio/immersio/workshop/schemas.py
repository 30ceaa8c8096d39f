"""What the procedures of `immersio.workshop` take and give.

On the wire `optional()` may be left out but is never null. Where a workshop is updated, null takes away what it had.
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from immersio.workshop.currencies import HIGHEST_PRICE, currency_code
from immersio.workshop.model import MAX_COUNT, LocationType, WorkshopType, within_the_calendar
from kernel.fields import Email, Identifier, Line, Prose, WebAddress
from kernel.trpc_fields import ABSENT, Input, JsDate, JsInt, JsNumber, Output

MOST_WHITELISTED = 5_000
LARGEST_INPUT = 2_000_000
"""Bytes: so many addresses, each as long as it may be, and all the rest."""
MOST_ON_A_PAGE = 100
HOURS_OF_A_YEAR = 8_760


def _to_milliseconds(hours: float) -> float:
    """DynamoDB has no room for the smallest numbers of JavaScript."""
    return round(hours, 6)


Title = Annotated[Line, Field(min_length=3, max_length=100)]
Minutes = Annotated[JsInt, Field(ge=15, le=480)]
Price = Annotated[JsInt, Field(ge=0, le=HIGHEST_PRICE)]
Currency = Annotated[str, AfterValidator(currency_code)]
Seats = Annotated[JsInt, Field(ge=1, le=100)]
Address = Annotated[Line, Field(max_length=200)]
Moment = Annotated[JsDate, AfterValidator(within_the_calendar)]
Hours = Annotated[JsNumber, Field(ge=0, le=HOURS_OF_A_YEAR), AfterValidator(_to_milliseconds)]
Category = Annotated[Line, Field(max_length=100)]
Emails = Annotated[list[Email], Field(max_length=MOST_WHITELISTED)]
StatusName = Literal["active", "draft", "archived"]


class LocationInput(Input):
    type: LocationType
    link: WebAddress = ABSENT
    address: Address = ABSENT

    @model_validator(mode="after")
    def _leads_somewhere(self) -> "LocationInput":
        if self.type == "link" and "link" not in self.model_fields_set:
            raise ValueError("link is required where the type is link")
        return self


class RecurrenceInput(Input):
    frequency: Literal["weekly", "biweekly", "monthly", "none"]
    count: Annotated[JsInt, Field(ge=1, le=MAX_COUNT)] = ABSENT
    end_date: Moment = ABSENT


Locations = Annotated[list[LocationInput], Field(max_length=10)]


class CreateWorkshopInput(Input):
    title: Title
    description: Prose = ABSENT
    duration: Minutes
    price: Price
    """Minor units as Stripe counts them; 0 is free."""
    currency: Currency = "USD"
    seats: Seats
    schedule_id: JsInt = ABSENT
    locations: Locations
    recurrence: RecurrenceInput = ABSENT
    starts_at: Moment = ABSENT
    """Our addition: the first class of a series, else the first opening of the schedule that fits."""
    teacher_id: JsInt
    whitelist_enabled: bool = False
    whitelist_emails: Emails = ABSENT
    immersio_course_id: Identifier = ABSENT
    sync_students_from_immersio: bool = False
    refund_window_hours: Hours = 12
    cancellation_notice_hours: Hours = 24
    topic_category: Category = ABSENT
    workshop_type: WorkshopType = "workshop"


class UpdateWorkshopInput(Input):
    """What is not given stays as it is."""

    id: JsInt
    title: Title = ABSENT
    description: Prose | None = ABSENT
    duration: Minutes = ABSENT
    price: Price = ABSENT
    currency: Currency = ABSENT
    seats: Seats = ABSENT
    schedule_id: JsInt | None = ABSENT
    locations: Locations = ABSENT
    recurrence: RecurrenceInput | None = ABSENT
    starts_at: Moment = ABSENT
    teacher_id: JsInt = ABSENT
    whitelist_enabled: bool = ABSENT
    whitelist_emails: Emails = ABSENT
    immersio_course_id: Identifier | None = ABSENT
    sync_students_from_immersio: bool = ABSENT
    refund_window_hours: Hours = ABSENT
    cancellation_notice_hours: Hours = ABSENT
    topic_category: Category | None = ABSENT
    workshop_type: WorkshopType = ABSENT
    status: StatusName = ABSENT


class WorkshopInput(Input):
    id: JsInt


class ListWorkshopsInput(Input):
    status: StatusName = ABSENT
    teacher_id: JsInt = ABSENT
    immersio_course_id: Identifier = ABSENT
    page: Annotated[JsInt, Field(ge=1)] = 1
    limit: Annotated[JsInt, Field(ge=1, le=MOST_ON_A_PAGE)] = 20


class CreatedWorkshop(Output):
    id: int
    event_type_id: int
    slug: str
    booking_url: str
    created_at: JsDate


class TeacherView(Output):
    id: int
    name: str
    avatar_url: str | None


class ListedWorkshop(Output):
    id: int
    event_type_id: int
    title: str
    slug: str
    description: str | None
    duration: int
    price: int
    currency: str
    seats: int
    booked_seats: int
    """In the next occurrence."""
    teacher: TeacherView
    whitelist_enabled: bool
    immersio_course_id: str | None
    status: StatusName
    next_occurrence: JsDate | None
    """None where there is none to come, and where it is not active."""
    created_at: JsDate


class WorkshopPage(Output):
    workshops: list[ListedWorkshop]
    total_count: int
    page: int
    total_pages: int


class LocationView(Output):
    type: LocationType
    link: str | None
    address: str | None


class RecurrenceView(Output):
    frequency: str
    count: int | None
    end_date: JsDate | None


class OccurrenceView(Output):
    start_time: JsDate
    end_time: JsDate
    booked_seats: int


class WorkshopView(ListedWorkshop):
    """All there is to know of one workshop."""

    booking_url: str
    schedule_id: int | None
    """None is the teacher's default schedule."""
    time_zone: str
    locations: list[LocationView]
    recurrence: RecurrenceView | None
    starts_at: JsDate | None
    sync_students_from_immersio: bool
    refund_window_hours: float
    cancellation_notice_hours: float
    topic_category: str | None
    workshop_type: WorkshopType
    occurrences: list[OccurrenceView]
    """The next ten that students can be offered; none of an archived one."""


class Archived(Output):
    success: bool
