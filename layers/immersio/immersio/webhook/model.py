"""Where a school's events are told, and what they are signed with."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from kernel.clock import Instant


class SigningSecret(BaseModel):
    """What a receiver checks our signatures with; `whsec_` and base64."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    value: str = Field(repr=False)
    created_at: Instant
    valid_until: Instant | None = None
    """Once another has replaced it, it ends, so that the receiver has time to change over."""

    def is_valid(self, at: datetime) -> bool:
        return self.valid_until is None or at < self.valid_until


class Receiver(BaseModel):
    """Neither a secret nor the address, which may hold a token, shows in an error or a log (INV-26)."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    tenant_id: int
    url: str | None = Field(repr=False)
    """Where the events go; None: nowhere yet."""
    secrets: tuple[SigningSecret, ...]
    disabled_at: Instant | None = None
    """When its receiver answered that it wants no more."""
    created_at: Instant

    @property
    def address(self) -> str | None:
        """Where an event is to be posted now."""
        return None if self.disabled_at else self.url

    def signing_secret(self, at: datetime) -> str:
        """The newest of those that hold."""
        valid = (secret for secret in self.secrets if secret.is_valid(at))
        return max(valid, key=lambda secret: secret.created_at).value
