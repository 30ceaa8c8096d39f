"""What Stripe tells, in our own words: the same for the answers to our calls and for its events."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from immersio.payment.model import (
    Checkout,
    ConnectedAccount,
    Dispute,
    FailedPayment,
    RefundStatus,
    StripeRefund,
)

Document = Mapping[str, Any]

UID = "booking_uid"
"""The name under which a booking's uid lies in the metadata of everything we make at Stripe."""
REFUND_STATUSES = {
    "succeeded": RefundStatus.COMPLETED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
"""Anything else is on its way."""


def uid(told: Document) -> str | None:
    return (told.get("metadata") or {}).get(UID)


def instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def account(told: Document) -> ConnectedAccount:
    wanted = told.get("requirements") or {}
    missing = [*(wanted.get("past_due") or ()), *(wanted.get("currently_due") or ())]
    return ConnectedAccount(
        id=told["id"], charges_enabled=bool(told.get("charges_enabled")), missing=tuple(dict.fromkeys(missing))
    )


def checkout(told: Document) -> Checkout:
    return Checkout(
        id=told["id"],
        uid=uid(told),
        status=told["status"],
        payment_status=told["payment_status"],
        amount=told["amount_total"],
        currency=told["currency"].upper(),
        expires_at=instant(told["expires_at"]),
        url=told.get("url"),
        payment_intent_id=told.get("payment_intent"),
        customer_id=told.get("customer"),
    )


def failed_payment(told: Document) -> FailedPayment:
    return FailedPayment(
        payment_intent_id=told["id"],
        uid=uid(told),
        amount=told["amount"],
        currency=told["currency"].upper(),
        code=(told.get("last_payment_error") or {}).get("code"),
    )


def refund(told: Document) -> StripeRefund:
    status = REFUND_STATUSES.get(told["status"], RefundStatus.PENDING)
    return StripeRefund(
        id=told["id"],
        payment_intent_id=told["payment_intent"],
        uid=uid(told),
        status=status,
        amount=told["amount"],
        returned=told["amount"] if status is RefundStatus.COMPLETED else 0,
        currency=told["currency"].upper(),
        reason=told.get("failure_reason"),
    )


def dispute(told: Document) -> Dispute:
    return Dispute(
        id=told["id"],
        payment_intent_id=told["payment_intent"],
        status=told["status"],
        reason=told["reason"],
        amount=told["amount"],
        currency=told["currency"].upper(),
    )
