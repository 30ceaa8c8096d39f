"""What a payment leaves behind at Stripe, each thing as Stripe shows it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from local.sandboxes.stripe_params import CreateSession

Document = dict[str, Any]
API_VERSION = "2026-10-28.endive"


def now() -> int:
    return int(datetime.now(UTC).timestamp())


def new_id(kind: str) -> str:
    return f"{kind}_{uuid.uuid4().hex[:24]}"


@dataclass
class Session:
    """A page on which somebody can pay until it expires."""

    id: str
    account_id: str
    wanted: CreateSession
    url: str
    expires_at: int
    livemode: bool
    status: str = "open"
    payment_status: str = "unpaid"
    intent_id: str | None = None
    """None until somebody tries to pay."""
    customer_id: str | None = None
    created: int = field(default_factory=now)

    def document(self) -> Document:
        wanted, amount = self.wanted, self.wanted.amount
        is_complete = self.status == "complete"
        return {
            "id": self.id,
            "object": "checkout.session",
            "adaptive_pricing": {"enabled": wanted.adaptive_pricing.enabled} if wanted.adaptive_pricing else None,
            "amount_subtotal": amount,
            "amount_total": amount,
            "cancel_url": wanted.cancel_url,
            "client_reference_id": wanted.client_reference_id,
            "created": self.created,
            "currency": wanted.currency,
            "customer": self.customer_id,
            "customer_creation": wanted.customer_creation,
            "customer_details": {"email": wanted.customer_email, "name": None} if is_complete else None,
            "customer_email": wanted.customer_email,
            "expires_at": self.expires_at,
            "livemode": self.livemode,
            "locale": wanted.locale,
            "metadata": wanted.metadata,
            "mode": wanted.mode,
            "payment_intent": self.intent_id,
            "payment_method_types": ["card"],
            "payment_status": self.payment_status,
            "status": self.status,
            "submit_type": wanted.submit_type,
            "success_url": wanted.success_url,
            "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
            "ui_mode": "hosted_page",
            "url": self.url if self.status == "open" else None,
        }


@dataclass
class PaymentIntent:
    id: str
    account_id: str
    amount: int
    currency: str
    livemode: bool
    description: str | None
    metadata: dict[str, str]
    customer_id: str | None = None
    status: str = "requires_payment_method"
    charge_id: str | None = None
    last_error: Document | None = None
    created: int = field(default_factory=now)

    def document(self) -> Document:
        return {
            "id": self.id,
            "object": "payment_intent",
            "amount": self.amount,
            "amount_capturable": 0,
            "amount_received": self.amount if self.status == "succeeded" else 0,
            "canceled_at": self.created if self.status == "canceled" else None,
            "capture_method": "automatic_async",
            "confirmation_method": "automatic",
            "created": self.created,
            "currency": self.currency,
            "customer": self.customer_id,
            "description": self.description,
            "last_payment_error": self.last_error,
            "latest_charge": self.charge_id,
            "livemode": self.livemode,
            "metadata": dict(self.metadata),
            "payment_method_types": ["card"],
            "status": self.status,
        }


@dataclass
class Charge:
    id: str
    account_id: str
    intent: PaymentIntent
    status: str
    amount_refunded: int = 0
    is_disputed: bool = False
    created: int = field(default_factory=now)

    @property
    def unrefunded(self) -> int:
        return self.intent.amount - self.amount_refunded

    def document(self) -> Document:
        is_paid = self.status == "succeeded"
        return {
            "id": self.id,
            "object": "charge",
            "amount": self.intent.amount,
            "amount_captured": self.intent.amount if is_paid else 0,
            "amount_refunded": self.amount_refunded,
            "captured": is_paid,
            "created": self.created,
            "currency": self.intent.currency,
            "customer": self.intent.customer_id,
            "disputed": self.is_disputed,
            "livemode": self.intent.livemode,
            "metadata": dict(self.intent.metadata),
            "paid": is_paid,
            "payment_intent": self.intent.id,
            "refunded": is_paid and self.unrefunded == 0,
            "status": self.status,
        }


@dataclass
class Refund:
    id: str
    account_id: str
    charge: Charge
    amount: int
    metadata: Mapping[str, str]
    reason: str | None
    status: str
    failure_reason: str | None = None
    created: int = field(default_factory=now)

    def document(self) -> Document:
        document = {
            "id": self.id,
            "object": "refund",
            "amount": self.amount,
            "balance_transaction": None if self.status == "pending" else f"txn_{self.id.removeprefix('re_')}",
            "charge": self.charge.id,
            "created": self.created,
            "currency": self.charge.intent.currency,
            "metadata": dict(self.metadata),
            "payment_intent": self.charge.intent.id,
            "reason": self.reason,
            "receipt_number": None,
            "status": self.status,
        }
        if self.status == "pending":
            document["pending_reason"] = "insufficient_funds"
        return document | ({"failure_reason": self.failure_reason} if self.failure_reason else {})


@dataclass
class Dispute:
    """Somebody wants their money back from their bank."""

    id: str
    account_id: str
    charge: Charge
    reason: str
    status: str = "needs_response"
    created: int = field(default_factory=now)

    def document(self) -> Document:
        intent = self.charge.intent
        return {
            "id": self.id,
            "object": "dispute",
            "amount": intent.amount,
            "charge": self.charge.id,
            "created": self.created,
            "currency": intent.currency,
            "is_charge_refundable": False,
            "livemode": intent.livemode,
            "metadata": {},
            "payment_intent": intent.id,
            "reason": self.reason,
            "status": self.status,
        }


@dataclass(frozen=True)
class Event:
    id: str
    account_id: str
    is_of_another: bool
    """Of a connected account, not of our platform's own."""
    type: str
    data: Document
    livemode: bool
    created: int = field(default_factory=now)

    def document(self) -> Document:
        document = {
            "id": self.id,
            "object": "event",
            "api_version": API_VERSION,
            "created": self.created,
            "data": self.data,
            "livemode": self.livemode,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": self.type,
        }
        return document | ({"account": self.account_id} if self.is_of_another else {})
