"""Where a school's events are told, and what they are signed with."""

from datetime import datetime, timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from kernel.clock import Instant

OLD_SECRET_HOLDS = timedelta(hours=24)
GIVEN_UP_AFTER = timedelta(days=5)
"""A receiver that has only failed for so long is told no more."""


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
    """Since when it is told no more: it answered that it wants none, or failed for too long."""
    failing_since: Instant | None = None
    """The first failure since it last took something."""
    created_at: Instant

    @classmethod
    def new(cls, tenant_id: int, url: str | None, secret: str, at: datetime) -> Self:
        return cls(tenant_id=tenant_id, url=url, secrets=(SigningSecret(value=secret, created_at=at),), created_at=at)

    @property
    def address(self) -> str | None:
        """Where an event is to be posted now."""
        return None if self.disabled_at else self.url

    @property
    def is_failing(self) -> bool:
        return self.failing_since is not None

    def is_given_up(self, at: datetime) -> bool:
        return self.failing_since is not None and at - self.failing_since >= GIVEN_UP_AFTER

    def signing_secrets(self, at: datetime) -> list[str]:
        """Those that hold, the newest first; two at the most."""
        return [secret.value for secret in self._valid(at)]

    def signing_secret(self, at: datetime) -> str:
        """The newest of those that hold."""
        return self.signing_secrets(at)[0]

    def with_new_secret(self, secret: str, at: datetime) -> "Receiver":
        """The new one comes first. The newest of before holds for a while longer; any other ends now."""
        until = at + OLD_SECRET_HOLDS
        former = [one.model_copy(update={"valid_until": until}) for one in self._valid(at)[:1]]
        new = SigningSecret(value=secret, created_at=at)
        return self.model_copy(update={"secrets": (new, *former)})

    def _valid(self, at: datetime) -> list[SigningSecret]:
        valid = (secret for secret in self.secrets if secret.is_valid(at))
        return sorted(valid, key=lambda secret: secret.created_at, reverse=True)[:2]
