"""What the procedures of `immersio.tenant` take and give, and how operators set a school up."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl

from immersio.access.model import Role
from immersio.schedule.model import TimeZone
from immersio.tenant.plan import PlanType
from kernel.fields import Email, Identifier, Line, Spelled
from kernel.trpc_fields import JsDate, Output

Label = Annotated[
    str,
    Spelled(
        r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
        "must be 1 to 63 small letters, digits and hyphens, with no hyphen at either end",
    ),
]
"""A part of an address: small letters, digits and hyphens within."""


class PlanView(Output):
    type: PlanType
    max_teachers: int
    """-1 is unlimited, here and below."""
    max_bookings_per_month: int
    max_event_types: int
    features: dict[str, bool]


class TenantView(Output):
    id: int
    name: str
    slug: str
    logo_url: str | None
    plan: PlanView
    stripe_connected: bool
    immersio_connected: bool
    landing_page_published: bool
    created_at: JsDate


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NewUser(_Strict):
    name: Line
    email: Email
    username: Label


class NewMember(NewUser):
    role: Literal[Role.ADMIN, Role.MEMBER] = Role.MEMBER


class CreateTenantRequest(_Strict):
    name: Line
    slug: Label
    plan: PlanType = "lite"
    time_zone: TimeZone
    logo_url: HttpUrl | None = None
    immersio_org_id: Identifier | None = None
    webhook_url: Annotated[str, Field(max_length=2000)] | None = None
    """Where that organisation is told of what happens at the school."""
    owner: NewUser
    team: Annotated[list[NewMember], Field(max_length=20)] = []
    """Who else is there from the first day; everybody after that is invited."""


class CreatedUser(BaseModel):
    id: int
    email: str
    role: Role


class CreateTenantResponse(BaseModel):
    tenant_id: int
    slug: str
    users: list[CreatedUser]
    """The owner first, then the team in the order given."""
    webhook_secret: str | None
    """What the webhooks are signed with; shown here and never again (INV-26)."""
