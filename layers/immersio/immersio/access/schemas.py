"""What `viewer.me` gives, in Cal.com's shape as far as we have what it tells of."""

from immersio.access.model import Role
from kernel.trpc_fields import JsDate, Output


class Organization(Output):
    id: int
    name: str
    slug: str
    is_org_admin: bool
    role: Role


class Me(Output):
    id: int
    name: str
    username: str
    email: str
    email_md5: str
    avatar: str
    """Empty where there is no picture."""
    avatar_url: str | None
    time_zone: str
    week_start: str
    time_format: int
    locale: str
    created_date: JsDate
    organization_id: int
    organization: Organization
