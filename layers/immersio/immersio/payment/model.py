"""How a school takes money: on its own account at Stripe, which is connected to our platform."""

from pydantic import BaseModel, ConfigDict

from kernel.clock import Instant


class StripeCredentials(BaseModel):
    """The account in use. It has no secret of the school's: we act on the account with our platform's own key."""

    model_config = ConfigDict(frozen=True)

    tenant_id: int
    id: int
    """The same whenever this school uses this account."""
    account_id: str
    publishable_key: str
    """For the school's pages; not a secret."""
    livemode: bool
    """Real money; false for Stripe's test mode."""
    changed_at: Instant
    changed_by: int
    """The user."""


class ConnectedAccount(BaseModel):
    """An account as Stripe last told of it."""

    model_config = ConfigDict(frozen=True)

    id: str
    charges_enabled: bool
    missing: tuple[str, ...] = ()
    """What Stripe still wants to know of its holder, in Stripe's words."""
