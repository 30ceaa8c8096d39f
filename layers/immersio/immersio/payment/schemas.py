"""What the procedures about money take and give, and what Stripe sends."""

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from kernel.trpc_fields import Input, Output

ACCOUNT = re.compile(r"acct_\w+", re.ASCII)
PUBLISHABLE_KEY = re.compile(r"pk_(live|test)_\w+", re.ASCII)


def _account_id(text: str) -> str:
    if not ACCOUNT.fullmatch(text):
        raise ValueError("must be the id of a Stripe account, such as acct_1234567890")
    return text


def _publishable_key(text: str) -> str:
    if not PUBLISHABLE_KEY.fullmatch(text):
        raise ValueError("must be a publishable key, which starts with pk_live_ or pk_test_; never send a secret one")
    return text


class UpdateStripeCredentialsInput(Input):
    stripe_account_id: Annotated[str, Field(max_length=255), AfterValidator(_account_id)]
    stripe_publishable_key: Annotated[str, Field(max_length=255), AfterValidator(_publishable_key)]

    @property
    def livemode(self) -> bool:
        return self.stripe_publishable_key.startswith("pk_live_")


class UpdatedStripeCredentials(Output):
    success: bool
    credential_id: int


class _Sent(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, json_schema_extra={"additionalProperties": True})


class Happened(_Sent):
    object: dict[str, Any]
    """A session, a payment, a refund, …, as Stripe describes it."""


class EventOfStripe(_Sent):
    """What every event of Stripe's has; `data.object` is read by its type."""

    id: str
    type: str
    account: str | None = None
    """The connected account that it happened on."""
    livemode: bool
    created: int
    """In seconds since 1970."""
    data: Happened


class StripeReceipt(BaseModel):
    """What Stripe is answered; it looks at the status alone."""

    received: bool
    processed: bool
    """False where nothing was to be done: it was known, or not ours."""
