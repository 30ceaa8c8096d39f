"""How a school takes money: on its own account at Stripe, which is connected to our platform."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from kernel.clock import Instant

OVER = frozenset({"won", "lost", "warning_closed", "prevented"})
"""Stripe's words for how a dispute ends; of all but `lost` the school keeps its money."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class StripeCredentials(_Part):
    """The account in use. It has no secret of the school's: we act on the account with our platform's own key."""

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


class ConnectedAccount(_Part):
    """An account as Stripe last told of it."""

    id: str
    charges_enabled: bool
    missing: tuple[str, ...] = ()
    """What Stripe still wants to know of its holder, in Stripe's words."""


class Order(_Part):
    """A seat that somebody is to pay, on the account of the school that gives the class.

    Whoever asks again for the same booking must ask with the same words, or Stripe refuses; so nothing here may depend
    on when it is asked.
    """

    account_id: str
    uid: str
    """The booking's."""
    title: str
    description: str | None = None
    """Below the title on Stripe's page, such as when the class is."""
    email: str
    amount: int
    """In Stripe's minor units; see `workshop.currencies`."""
    currency: str
    expires_at: Instant
    """When the hold ends, and with it Stripe's page: 30 minutes to 24 hours after it is opened."""
    success_url: str
    """Where Stripe leads those who have paid."""
    cancel_url: str
    """Where it leads those who turn back."""


class Checkout(_Part):
    """A page of Stripe's on which a seat is paid."""

    id: str
    uid: str | None
    """The booking's; None if the school made it for something else."""
    status: str
    """open, complete or expired."""
    payment_status: str
    """paid or unpaid; `complete` and `unpaid` is a payment that takes days."""
    amount: int
    currency: str
    expires_at: Instant
    url: str | None = None
    """Only while it is open."""
    payment_intent_id: str | None = None
    """None until somebody tries to pay."""
    customer_id: str | None = None

    @property
    def is_open(self) -> bool:
        return self.status == "open"

    @property
    def is_paid(self) -> bool:
        return self.payment_status == "paid"


class FailedPayment(_Part):
    """A card that was declined, or the like; the page stays open for another."""

    payment_intent_id: str
    uid: str | None
    amount: int
    currency: str
    code: str | None = None
    """Stripe's word for why, such as `card_declined`."""


class RefundStatus(StrEnum):
    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"


class StripeRefund(_Part):
    """Money on its way back, as Stripe last told of it."""

    id: str | None
    """None if Stripe refused to refund."""
    payment_intent_id: str
    uid: str | None
    """None if the school refunded by hand, at Stripe."""
    status: RefundStatus
    amount: int
    """What goes back; of a refusal nothing does."""
    returned: int
    """What of it has arrived."""
    currency: str | None
    reason: str | None = None
    """Stripe's word for why it failed."""


class Dispute(_Part):
    """Somebody asked their bank for the money."""

    id: str
    payment_intent_id: str
    status: str
    """Stripe's word: needs_response, under_review, won, lost and others."""
    reason: str
    amount: int
    currency: str

    @property
    def is_over(self) -> bool:
        """Nothing is left to do about it."""
        return self.status in OVER


Subject = Checkout | FailedPayment | StripeRefund | Dispute | ConnectedAccount


class StripeEvent(_Part):
    """Something that happened at Stripe; nothing is said yet about whether it is ours."""

    id: str
    type: str
    account_id: str | None
    """The connected account it happened on; None for our platform's own."""
    livemode: bool
    """Real money; a live endpoint also gets events of test mode."""
    created_at: Instant
    subject: Subject | None = None
    """None for types we do not serve, for what the school sells without us, and for an account that left."""
