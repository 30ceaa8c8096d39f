"""Stripe as a caller, known by the signature over what it sends."""

from dataclasses import dataclass
from typing import ClassVar, Self

from immersio.payment import stripe_events
from immersio.payment.model import StripeEvent
from kernel.contract import Errors
from kernel.errors import InvalidWebhookSignature
from kernel.limits import WEBHOOK, Limit
from kernel.request import Request


@dataclass(frozen=True)
class Stripe:
    limit: ClassVar[Limit] = WEBHOOK
    refused_with: ClassVar[Errors] = (InvalidWebhookSignature,)
    event: StripeEvent

    @classmethod
    def authenticate(cls, request: Request) -> Self:
        return cls(stripe_events.parse_event(request.body, request.headers.get("stripe-signature")))

    @property
    def scope(self) -> str:
        """Each school's account is counted by itself, so that none uses up what others need."""
        return f"stripe {self.event.account_id or 'platform'}"
