"""Who somebody is, and what they may do at their school."""

from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from immersio.schedule.model import TimeZone
from kernel.clock import Instant


class Role(StrEnum):
    OWNER = "OWNER"
    ADMIN = "ADMIN"
    MEMBER = "MEMBER"
    """A teacher."""
    STUDENT = "STUDENT"

    def may_give(self, role: "Role") -> bool:
        """Whether people of this role may make somebody else one of that role."""
        match self:
            case Role.OWNER:
                return role in STAFF
            case Role.ADMIN:
                return role is Role.MEMBER
            case _:
                return False


STAFF = frozenset({Role.OWNER, Role.ADMIN, Role.MEMBER})
"""Who works at a school, and takes one of its plan's places for teachers."""


class User(BaseModel):
    """Somebody who signs in; they belong to one school."""

    model_config = ConfigDict(frozen=True)

    id: int
    tenant_id: int
    email: str
    name: str
    username: str
    """Part of the address of what they teach; nobody else of the school has it, not even after they left."""
    avatar_url: str | None = None
    time_zone: TimeZone
    week_start: str = "Sunday"
    time_format: int = 12
    locale: str = "en"
    is_locked: bool = False
    immersio_subject: str | None = None
    """Who they are at Immersio, once they have come from there."""
    created_at: Instant


class Membership(BaseModel):
    model_config = ConfigDict(frozen=True)

    tenant_id: int
    user_id: int
    role: Role
    created_at: Instant

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF


class Person(NamedTuple):
    """A user with what they are at the school."""

    user: User
    membership: Membership
