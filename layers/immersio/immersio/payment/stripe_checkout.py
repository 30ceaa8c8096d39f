"""Pages of Stripe's on which a seat is paid: a direct charge, so the money is the school's from the start."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from immersio.payment import stripe_shapes
from immersio.payment.model import Checkout, Order
from immersio.payment.stripe_api import NOT_OURS, client, code, speaking
from kernel import clock
from kernel.errors import PaymentFailed, StripeNotConfigured
from kernel.telemetry import logger

if TYPE_CHECKING:
    from stripe import StripeError
    from stripe.params.checkout import SessionCreateParams

CANNOT_CHARGE = {"account_invalid", "testmode_charges_only"}
"""Stripe's codes for an account that has left our platform, or may not take money any more."""


def open_checkout(order: Order) -> Checkout:
    """Open the page; whoever asks again for the same booking gets the same one, as it was when it was opened."""
    with _paying(order.account_id):
        session = client().v1.checkout.sessions.create(
            _params(order), {"stripe_account": order.account_id, "idempotency_key": order.uid}
        )
    return stripe_shapes.checkout(session.to_dict())


def close_checkout(account_id: str, session_id: str) -> Checkout:
    """See to it that nobody can pay any more (INV-18); who reads `is_paid` learns whether somebody was quicker."""
    import stripe

    with reaching(account_id, "the payment page may still be open"):
        try:
            session = client().v1.checkout.sessions.expire(session_id, options={"stripe_account": account_id})
        except stripe.InvalidRequestError:  # it is not open any more
            return load_checkout(account_id, session_id)
    return stripe_shapes.checkout(session.to_dict())


def load_checkout(account_id: str, session_id: str) -> Checkout:
    """The page as it is now."""
    with reaching(account_id):
        session = client().v1.checkout.sessions.retrieve(session_id, options={"stripe_account": account_id})
    return stripe_shapes.checkout(session.to_dict())


def paid_booking(account_id: str, payment_intent_id: str) -> str | None:
    """The uid of the booking that a payment was for; disputes, and refunds by hand, do not tell it themselves."""
    import stripe

    with reaching(account_id):
        try:
            intent = client().v1.payment_intents.retrieve(payment_intent_id, options={"stripe_account": account_id})
        except stripe.InvalidRequestError as refusal:
            if code(refusal) == "resource_missing":
                return None
            raise
    return stripe_shapes.uid(intent.to_dict())


def _params(order: Order) -> "SessionCreateParams":
    metadata = {stripe_shapes.UID: order.uid}
    params: SessionCreateParams = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": order.currency.lower(),
                    "unit_amount": order.amount,
                    "product_data": {"name": order.title},
                },
            }
        ],
        "customer_email": order.email,
        "customer_creation": "always",
        "client_reference_id": order.uid,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata, "description": order.title},
        # In another currency the amount would not be the one that we compare and refund (INV-15).
        "adaptive_pricing": {"enabled": False},
        "submit_type": "book",
        "expires_at": clock.epoch(order.expires_at),
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
    }
    if order.description:
        params["line_items"][0]["price_data"]["product_data"]["description"] = order.description
    return params


@contextmanager
def reaching(account_id: str, so_far: str = "nothing was changed") -> Iterator[None]:
    """Acting on a school's account, which may have left our platform."""
    import stripe

    with speaking(so_far):
        try:
            yield
        except stripe.PermissionError as refusal:
            if code(refusal) not in NOT_OURS:
                raise
            logger.warning("an account has left our platform", extra={"account_id": account_id})
            raise _not_configured() from None


@contextmanager
def _paying(account_id: str) -> Iterator[None]:
    """What it means that Stripe does not open a page."""
    import stripe

    with reaching(account_id, "nothing was charged"):
        try:
            yield
        except (stripe.InvalidRequestError, stripe.CardError, stripe.IdempotencyError) as refusal:
            raise _refused(refusal) from None


def _refused(refusal: "StripeError") -> StripeNotConfigured | PaymentFailed:
    """Stripe's own sentence may hold an address, so that only its code is told and logged."""
    reason = code(refusal)
    known = {"code": reason, "param": getattr(refusal, "param", None), "request_id": refusal.request_id}
    logger.warning("Stripe refused to open a payment page", extra=known)
    if reason in CANNOT_CHARGE:
        return _not_configured()
    return PaymentFailed(f"Stripe does not take this payment ({reason or type(refusal).__name__}); nothing was charged")


def _not_configured() -> StripeNotConfigured:
    return StripeNotConfigured("This school cannot take payments: its account at Stripe has to be connected again")
