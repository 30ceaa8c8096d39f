"""Somebody who sells through Stripe's sandbox with Stripe's own client, and nothing of ours in between."""

from typing import TYPE_CHECKING, Any

import stripe
from stripe.params import RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from tests.support.stripe import StripeSandbox

if TYPE_CHECKING:
    from stripe import Refund
    from stripe.checkout import Session

SCHOOL, OTHER, OWING = "acct_school", "acct_other", "acct_owing"


def wish(amount: int = 1500, currency: str = "eur", **changes: Any) -> SessionCreateParams:
    params: SessionCreateParams = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {"currency": currency, "unit_amount": amount, "product_data": {"name": "Yoga für alle"}},
            }
        ],
        "customer_email": "ada@example.com",
        "client_reference_id": "booking_1",
        "metadata": {"booking_uid": "booking_1"},
        "payment_intent_data": {"metadata": {"booking_uid": "booking_1"}},
        "success_url": "https://school.example.com/thanks?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://school.example.com/back",
    }
    params.update(changes)  # type: ignore[typeddict-item]  # what a test likes to try
    return params


def opened(client: stripe.StripeClient, *, account: str = SCHOOL, **changes: Any) -> "Session":
    return client.v1.checkout.sessions.create(wish(**changes), {"stripe_account": account})


def paid(client: stripe.StripeClient, sandbox: StripeSandbox, **changes: Any) -> str:
    """The intent of a session that was paid."""
    session = sandbox.pay(opened(client, **changes).id)["session"]
    return str(session["payment_intent"])


def refunded(client: stripe.StripeClient, intent: str, amount: int | None = None) -> "Refund":
    params: RefundCreateParams = {"payment_intent": intent}
    if amount is not None:
        params["amount"] = amount
    return client.v1.refunds.create(params, {"stripe_account": SCHOOL})


def told(sandbox: StripeSandbox) -> list[str]:
    return [event.type for event in sandbox.events()]
