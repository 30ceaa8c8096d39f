"""What the Stripe sandbox holds: our platform, the accounts that are connected to it, and the money they took."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from local.sandboxes.stripe_things import (
    Charge,
    Dispute,
    Document,
    Event,
    PaymentIntent,
    Refund,
    Session,
    new_id,
    now,
)

Held = TypeVar("Held", Charge, Event, PaymentIntent, Refund, Session)


class Refused(Exception):
    """An answer of Stripe's that is not 200; the names are those of its error object."""

    def __init__(
        self, status: int, message: str, *, code: str | None = None, param: str | None = None, kind: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        told = {"code": code, "message": message, "param": param, "type": kind or "invalid_request_error"}
        self.error = {name: value for name, value in told.items() if value is not None}
        if code:
            self.error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"


@dataclass
class Account:
    """Somebody who takes money; what they still owe Stripe keeps them from doing so."""

    id: str
    name: str
    country: str = "US"
    currency: str = "usd"
    currently_due: list[str] = field(default_factory=list)
    is_connected: bool = True
    refunds: str = "succeeded"
    """How its next refunds go: they arrive at once, wait for money (pending), or fail after they seemed to arrive."""
    created: int = field(default_factory=now)

    @property
    def charges_enabled(self) -> bool:
        return not self.currently_due

    def document(self) -> Document:
        """The account as Stripe shows it."""
        due, state = list(self.currently_due), "active" if self.charges_enabled else "inactive"
        return {
            "id": self.id,
            "object": "account",
            "business_profile": {"mcc": "8299", "name": self.name, "url": None},
            "business_type": None,
            "capabilities": {"card_payments": state, "transfers": state},
            "charges_enabled": self.charges_enabled,
            "country": self.country,
            "created": self.created,
            "default_currency": self.currency,
            "details_submitted": self.charges_enabled,
            "email": None,
            "metadata": {},
            "payouts_enabled": self.charges_enabled,
            "requirements": {
                "alternatives": [],
                "current_deadline": None,
                "currently_due": due,
                "disabled_reason": "requirements.past_due" if due else None,
                "errors": [],
                "eventually_due": due,
                "past_due": due,
                "pending_verification": [],
            },
            "type": "standard",
        }


class Books:
    """Everything there is, under one lock."""

    def __init__(self, platform: Account, accounts: Iterable[Account], *, livemode: bool = False) -> None:
        self.lock = threading.RLock()
        self.platform = platform
        self.accounts = {account.id: account for account in accounts}
        self.livemode = livemode
        self.sessions: dict[str, Session] = {}
        self.intents: dict[str, PaymentIntent] = {}
        self.charges: dict[str, Charge] = {}
        self.refunds: dict[str, Refund] = {}
        self.disputes: dict[str, Dispute] = {}
        self.events: dict[str, Event] = {}
        self.deliver: Callable[[Event], None] = lambda _: None
        """Who sends an event to our platform's endpoint."""

    def account(self, account_id: str, shown_key: str) -> Account:
        """The platform's own account, or one that is connected to it; of all others it learns nothing."""
        if account_id == self.platform.id:
            return self.platform
        account = self.accounts.get(account_id)
        if account is None or not account.is_connected:
            message = (
                f"The provided key '{shown_key}' does not have access to account '{account_id}' "
                "(or that account does not exist). Application access may have been revoked."
            )
            raise Refused(403, message, code="account_invalid")
        return account

    def tell(self, account_id: str, kind: str, document: Document, before: Document | None = None) -> Event:
        """Something happened on an account; a connected one's events go to our platform."""
        about = {"object": document} | ({"previous_attributes": before} if before else {})
        is_connected = account_id != self.platform.id
        event = Event(new_id("evt"), account_id, is_connected, kind, about, self.livemode)
        self.events[event.id] = event
        if is_connected and self._is_told_of(account_id, kind):
            self.deliver(event)
        return event

    def _is_told_of(self, account_id: str, kind: str) -> bool:
        """Of one that was taken away its last event tells."""
        return self.accounts[account_id].is_connected or kind == "account.application.deauthorized"


def find(held: dict[str, Held], kind: str, wanted: str, account_id: str, param: str = "id") -> Held:
    """One of an account's own; another's is not there."""
    found = held.get(wanted)
    if found is None or found.account_id != account_id:
        raise Refused(404, f"No such {kind}: '{wanted}'", code="resource_missing", param=param)
    return found
