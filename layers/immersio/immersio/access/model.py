"""Who somebody is, and what they may do at their school."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from immersio.schedule.model import TimeZone
from kernel.clock import Instant


class Role(StrEnum):
    OWNER = "OWNER"
    ADMIN = "ADMIN"
    MEMBER = "MEMBER"
    """A teacher."""
    STUDENT = "STUDENT"


class User(BaseModel):
    """Somebody who signs in; they belong to one school."""

    model_config = ConfigDict(frozen=True)

    id: int
    tenant_id: int
    email: str
    name: str
    username: str
    avatar_url: str | None = None
    time_zone: TimeZone
    week_start: str = "Sunday"
    time_format: int = 12
    locale: str = "en"
    is_locked: bool = False
    created_at: Instant


class Membership(BaseModel):
    model_config = ConfigDict(frozen=True)

    tenant_id: int
    user_id: int
    role: Role
    created_at: Instant
