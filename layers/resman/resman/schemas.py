"""What the tours API takes and gives (specification, Backend API Endpoints)."""

from datetime import date
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from kernel.clock import Instant
from kernel.fields import Email, Identifier, IsoDatetime, Line, LocalDate, LocalTime, Prose, Spelled, iso_datetime
from resman.model import Outcome, TourStatus
from resman.property import Strict, TourType

Phone = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=30),
    Spelled(
        r"^\+?(?:[ ().\-]*[0-9]){7,15}[ ().\-]*$", "must be a phone number of 7 to 15 digits, such as +1 512 555 0199"
    ),
]

Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""ISO 8601 with the property's offset, when it is told."""
Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
_WRITTEN = r"^2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?$"
MomentOrLocal = Annotated[IsoDatetime, WithJsonSchema({"type": "string", "pattern": _WRITTEN}, mode="validation")]
"""JSON Schema's own `date-time` has an offset, which this may have."""


class TourData(Strict):
    prospect_name: Line
    prospect_email: Email
    prospect_phone: Phone
    tour_type: TourType
    preferred_date: LocalDate
    preferred_time: LocalTime
    property_id: Identifier
    unit_preferences: list[Line] = Field(default=[], max_length=20)
    special_requests: Prose | None = None
    sms_consent: StrictBool = False
    """Our optional addition: text messages are sent only where this is true."""


class BookTourRequest(Strict):
    conversation_id: Identifier
    tour_data: TourData


class ConfirmationDetails(BaseModel):
    location: str | None = None
    virtual_link: str | None = None
    instructions: str


class BookTourResponse(BaseModel):
    appointment_id: str
    confirmed_datetime: Moment
    """ISO 8601 with the property's offset."""
    staff_member: str
    confirmation_details: ConfirmationDetails


class PendingTourResponse(BaseModel):
    """The tour is kept while ResMan is out of reach; an e-mail will confirm it or apologise."""

    appointment_id: str
    status: Literal["pending_sync"]
    requested_datetime: Moment
    staff_member: str
    confirmation_details: ConfirmationDetails
    message: str


class AvailabilityRequest(Strict):
    property_id: Identifier
    """As the operators set it up."""
    date: LocalDate
    """By the property's calendar."""
    tour_type: TourType = TourType.IN_PERSON
    """In person if it is not given."""


class Slot(BaseModel):
    time: Annotated[str, WithJsonSchema({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"})]
    """The property's local time, HH:MM; send it back as `preferred_time`."""
    staff_member: str
    duration: int
    """Minutes."""


class AvailabilityResponse(BaseModel):
    available_slots: list[Slot]
    next_available_date: Day | None = None
    """Only when the day is full."""
    stale: Literal[True] | None = None
    """Only when ResMan is out of reach and this is what it told us last."""


class UpdateTourRequest(Strict):
    status: Literal["confirmed", "cancelled", "completed", "no_show"] | None = None
    rescheduled_datetime: MomentOrLocal | None = None
    """With an offset it is that instant; without, the property's local time."""
    staff_notes: Prose | None = None
    outcome: Outcome | None = None

    @model_validator(mode="after")
    def _asks_for_one_thing(self) -> "UpdateTourRequest":
        if all(value is None for _, value in self):
            raise ValueError("send at least one of status, rescheduled_datetime, staff_notes, outcome")
        if self.rescheduled_datetime and self.status not in (None, "confirmed"):
            raise ValueError(f"a tour cannot be rescheduled and {self.status} at once; send two requests")
        return self


class TourView(BaseModel):
    """A tour as its client account may see it."""

    appointment_id: str
    conversation_id: str
    property_id: str
    status: TourStatus
    resman_sync: Literal["synced", "pending"]
    resman_status: str | None
    """ResMan's own word where we do not know what it means."""
    confirmed_datetime: Moment
    duration: int
    tour_type: TourType
    staff_member: str
    prospect_name: str
    prospect_email: str
    prospect_phone: str
    unit_preferences: list[str]
    special_requests: str | None
    staff_notes: str | None
    outcome: Outcome | None
    confirmation_details: ConfirmationDetails
    created_at: Instant


class ConversationContext(BaseModel):
    """A tour as the conversation that booked it should know it now."""

    appointment_id: str
    property_id: str
    property_name: str
    status: TourStatus
    tour_type: TourType
    tour_datetime: Moment
    """ISO 8601 with the property's offset."""
    staff_member: str
    outcome: Outcome | None
    resman_status: str | None
    """ResMan's own word where we do not know what it means."""
    can_become: list[TourStatus]
    """The statuses that it can still get."""
    confirmation_details: ConfirmationDetails


class TourUpdated(BaseModel):
    """A tour was booked, moved, cancelled, or anything else became of it."""

    EVENT: ClassVar[str] = "tour.updated"

    conversation_id: str
    context: ConversationContext


class TourUpdateWebhook(BaseModel):
    """ResMan's word on an appointment. Fields we do not know are let through: the sender is not ours to correct."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    appointment_id: Identifier
    status: Line
    updated_fields: dict[str, Any]
    staff_member: Line | None = None
    timestamp: Annotated[AwareDatetime, BeforeValidator(iso_datetime)]


class UpdatedFields(BaseModel):
    """What we understand of `updated_fields`; the rest is ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    rescheduled_datetime: IsoDatetime | None = None
    staff_notes: Prose | None = None
    outcome: Outcome | None = None


class WebhookReceipt(BaseModel):
    success: Literal[True]
    processed: bool
    """False: understood and without effect, because it was old, repeated or too late."""


class MetricsRequest(Strict):
    property_id: Identifier
    """As the operators set it up."""
    from_: LocalDate = Field(alias="from")
    """The first day, by the property's calendar."""
    to: LocalDate
    """The last day, which counts too; at most 366 later."""

    @model_validator(mode="after")
    def _at_most_a_year(self) -> "MetricsRequest":
        if self.from_ > self.to:
            raise ValueError("from must not be later than to")
        if (self.to - self.from_).days > 366:
            raise ValueError("from and to may be at most 366 days apart")
        return self


class TrendsRequest(Strict):
    property_id: Identifier
    """As the operators set it up."""


class CreateClientRequest(Strict):
    account_id: Identifier
    name: Line
    property_ids: list[Identifier] = Field(min_length=1, max_length=1000)
    callback_url: str | None = Field(default=None, max_length=2000)
    """Where the chatbot wants changes of a tour to be posted, signed."""


class CreateClientResponse(BaseModel):
    account_id: str
    name: str
    property_ids: list[str]
    key_id: str
    """Names the key without opening anything; what `revoke_client` takes."""
    api_key: str
    """Shown this once; only its hash is stored."""


class RevokeClientRequest(Strict):
    account_id: Identifier
    key_id: Identifier


class RevokeClientResponse(BaseModel):
    account_id: str
    revoked: str


class CreatePropertyResponse(BaseModel):
    account_id: str
    property_id: str
    created: date


class Breakdown(BaseModel):
    booked: int
    confirmed: int
    completed: int
    cancelled: int
    no_show: int


class Totals(Breakdown):
    rescheduled: int
    failed: int
    """Kept while ResMan was out of reach, then apologised for."""
    refused: int
    """Asked for when the slot was taken."""
    no_show_rate: float | None
    """Of the tours that were to take place; null without any."""
    booking_success_rate: float | None
    """Confirmed of all that were asked for."""
    average_lead_time_hours: float | None
    """From booking to start."""


class DayOfTours(Breakdown):
    date: Day


class MetricsResponse(BaseModel):
    """Each event counts on the property's local day it happened; weekday and hour are those of the tour."""

    model_config = ConfigDict(serialize_by_alias=True, validate_by_name=True)

    property_id: str
    from_: Day = Field(alias="from")
    to: Day
    totals: Totals
    outcomes: dict[str, int]
    by_type: dict[str, Breakdown]
    by_staff: dict[str, Breakdown]
    by_weekday: dict[str, Breakdown]
    by_hour: dict[str, Breakdown]
    series: list[DayOfTours]


class WeekOfTours(Breakdown):
    week_of: Day
    no_show_rate: float | None


class TrendsResponse(BaseModel):
    property_id: str
    weeks: list[WeekOfTours]
    change: dict[str, float | None]
    """The later six weeks against the earlier six: 0.25 is a quarter more; null where there was nothing before."""
    no_show_rate_before: float | None
    no_show_rate_now: float | None
    busiest_weekday: str | None
    busiest_hour: str | None
