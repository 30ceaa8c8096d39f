"""What the schools' side tells people by e-mail, and what has to be known to tell it."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

QUEUE = "immersio-notices"


class Notice(StrEnum):
    INVITATION = "invitation"


class InvitationOwed(BaseModel):
    model_config = ConfigDict(frozen=True)

    tenant_id: int
    email: str
    invite_id: int
