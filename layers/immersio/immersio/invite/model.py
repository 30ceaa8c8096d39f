"""An invitation to work at a school: a link that is sent by e-mail, and is good for one person, once, for some days."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from immersio.access.model import Role
from kernel.clock import Instant

LIFETIME = timedelta(days=7)


class Invite(BaseModel):
    model_config = ConfigDict(frozen=True)

    tenant_id: int
    id: int
    email: str
    name: str | None = None
    role: Role
    invited_by: int
    fingerprint: str
    """Of the link's token, which itself is not kept (INV-26)."""
    created_at: Instant
    expires_at: Instant

    def is_open(self, now: datetime) -> bool:
        return now < self.expires_at

    def holds(self, now: datetime, inviter: Role | None) -> bool:
        """Whether it may be accepted: in time, and as long as who invited might still do so (INV-24)."""
        return self.is_open(now) and inviter is not None and inviter.may_give(self.role)
