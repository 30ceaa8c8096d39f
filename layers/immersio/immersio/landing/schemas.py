"""What the procedures of `immersio.landing` take and give, and what the public reads over REST.

On the wire `optional()` may be left out but is never null; where `nullable()` too, null takes away what there was, and
so does an empty text.
"""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from immersio.landing.model import TemplateName
from immersio.workshop.model import LocationType
from kernel.clock import Instant
from kernel.fields import Color, Line, LineOrNothing, Prose, WebAddress
from kernel.trpc_fields import ABSENT, Input, JsDate, Output


def _nothing_if_empty(text: str | None) -> str | None:
    """A field of a form that was emptied."""
    return text or None


EMPTIED = AfterValidator(_nothing_if_empty)


class SocialLinksInput(Input):
    """All of them: one that is left out is there no more."""

    facebook: WebAddress = ABSENT
    instagram: WebAddress = ABSENT
    youtube: WebAddress = ABSENT
    tiktok: WebAddress = ABSENT


class UpdateSettingsInput(Input):
    """What is not given stays as it is."""

    template_id: TemplateName = ABSENT
    primary_color: Color = ABSENT
    secondary_color: Color | None = ABSENT
    logo_url: WebAddress | None = ABSENT
    hero_image_url: WebAddress | None = ABSENT
    page_title: Annotated[Line, Field(max_length=100)] = ABSENT
    page_subtitle: Annotated[Annotated[Prose, Field(max_length=300)] | None, EMPTIED] = ABSENT
    teacher_bio: Annotated[Annotated[Prose, Field(max_length=1000)] | None, EMPTIED] = ABSENT
    teacher_avatar_url: WebAddress | None = ABSENT
    social_links: SocialLinksInput = ABSENT
    cta_text: Annotated[Line, Field(max_length=50)] = ABSENT
    meta_title: Annotated[Annotated[LineOrNothing, Field(max_length=60)] | None, EMPTIED] = ABSENT
    meta_description: Annotated[Annotated[Prose, Field(max_length=160)] | None, EMPTIED] = ABSENT


class _Told(Output):
    """A field that is not set is left out."""

    model_config = ConfigDict(serialize_by_alias=True)


class SocialLinksView(_Told):
    """Only those there are."""

    facebook: str = ABSENT
    instagram: str = ABSENT
    youtube: str = ABSENT
    tiktok: str = ABSENT


class PublicSettings(_Told):
    template_id: TemplateName
    primary_color: str
    secondary_color: str | None
    hero_image_url: str | None
    page_title: str
    page_subtitle: str | None
    teacher_bio: str | None
    teacher_avatar_url: str | None
    social_links: SocialLinksView
    cta_text: str
    meta_title: str | None
    meta_description: str | None


class LandingSettings(PublicSettings):
    id: int
    logo_url: str | None
    is_published: bool
    public_url: str | None
    """Where the page is; null until it is published."""
    updated_at: JsDate


class UpdatedSettings(Output):
    success: bool
    updated_at: JsDate


class PublishedPage(Output):
    success: bool
    public_url: str
    published_at: JsDate


class LandingTenant(_Told):
    name: str
    logo_url: str | None


class OfferedTeacher(_Told):
    name: str
    """Empty where they have left the school."""
    avatar_url: str | None


class OfferedWorkshop(_Told):
    id: int
    title: str
    slug: str
    description: str | None
    duration: int
    """Minutes."""
    price: int
    """Minor units of `currency`; 0 is free."""
    currency: str
    available_seats: int
    """In the next class; 0 where none is to come."""
    teacher: OfferedTeacher
    next_occurrence: Instant | None
    booking_url: str


class LandingView(_Told):
    tenant: LandingTenant
    settings: PublicSettings
    workshops: list[OfferedWorkshop]
    """Those that can be booked, the newest first; two hundred at the most."""


class ShownLocation(_Told):
    type: LocationType
    display_value: str
    """The address, or what it is: `Zoom`, `Online`."""


class IntroducedTeacher(_Told):
    name: str
    bio: str | None
    """Of a school with one teacher: what its landing page says of them."""
    avatar_url: str | None


class OfferedClass(_Told):
    date: date
    """In the zone of the workshop's schedule."""
    start_time: Instant
    """As a booking names it."""
    end_time: Instant
    available_seats: int


class PublicWorkshop(_Told):
    id: int
    title: str
    slug: str
    description: str | None
    duration: int
    """Minutes."""
    price: int
    """Minor units of `currency`; 0 is free."""
    currency: str
    total_seats: int
    available_seats: int
    """In the next class; 0 where none is to come."""
    locations: list[ShownLocation]
    teacher: IntroducedTeacher
    schedule: list[OfferedClass]
    """The next classes, sixty at the most."""
    booking_url: str
    requires_payment: bool
    whitelist_enabled: bool
