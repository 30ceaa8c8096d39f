"""What the Stripe sandbox holds: our platform, and the accounts that are connected to it."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]


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
    created: int = field(default_factory=lambda: int(datetime.now(UTC).timestamp()))

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

    def __init__(self, platform: Account, accounts: Iterable[Account]) -> None:
        self.lock = threading.RLock()
        self.platform = platform
        self.accounts = {account.id: account for account in accounts}

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
