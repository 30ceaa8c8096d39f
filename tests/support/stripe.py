"""Stripe's sandbox for tests: its other doors, and what our own functions find behind the first one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from local.sandboxes.stripe import Account, create_app
from tests.support.sink import Served

KEY = "sk_test_of_the_tests"
WEBHOOK_SECRET = "whsec_of_the_tests"


@dataclass(frozen=True)
class SignedEvent:
    """As Stripe sends it."""

    id: str
    type: str
    body: bytes
    signature: str


class StripeSandbox:
    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def state(self) -> dict[str, Any]:
        """Everything it holds: accounts, sessions, payment_intents, charges, refunds, disputes, events."""
        held: dict[str, Any] = requests.get(f"{self.url}/_state", timeout=60).json()
        return held

    @property
    def accounts(self) -> dict[str, dict[str, Any]]:
        return {account["id"]: account for account in self.state["accounts"]}

    def fail(self, **fault: Any) -> None:
        self.control("/_faults", fault).raise_for_status()

    def mend(self) -> None:
        requests.delete(f"{self.url}/_faults", timeout=60).raise_for_status()

    def change(self, account_id: str, **change: Any) -> None:
        self._told("/_change", {"account_id": account_id, **change})

    def pay(self, session_id: str, outcome: str = "paid") -> dict[str, Any]:
        """As a customer would; the answer has the session, and the events our endpoint was told of."""
        return self._told(f"/_pay/{session_id}", {"outcome": outcome})

    def settle_refund(self, refund_id: str, outcome: str) -> dict[str, Any]:
        return self._told(f"/_refund/{refund_id}", {"outcome": outcome})

    def dispute(self, payment_intent_id: str, **outcome: Any) -> dict[str, Any]:
        return self._told(f"/_dispute/{payment_intent_id}", outcome)

    def send_events_to(self, url: str, **options: Any) -> None:
        self._told("/_endpoint", {"url": url, **options})

    def hold_events_back(self, paused: bool = True) -> None:
        self._told("/_endpoint", {"paused": paused})

    def deliver(self, *event_ids: str) -> list[int]:
        """Send these in this order; returns what our endpoint answered."""
        answers = self._told("/_deliver", {"events": event_ids})["events"]
        return [answer["status"] for answer in answers]

    def events(self, *types: str) -> list[SignedEvent]:
        """What Stripe tells of connected accounts, oldest first, for tests that hand it over themselves."""
        told = requests.get(f"{self.url}/_events", timeout=60).json()["events"]
        return [
            SignedEvent(each["id"], each["type"], each["body"].encode(), each["signature"])
            for each in told
            if not types or each["type"] in types
        ]

    def control(self, path: str, body: Any) -> requests.Response:
        return requests.post(f"{self.url}{path}", json=body, timeout=60)

    def get(self, path: str, *, key: str | None = KEY, **options: Any) -> requests.Response:
        """A request of somebody's, with nothing of Stripe's client in between."""
        return self._request("GET", path, key, options)

    def post(self, path: str, *, key: str | None = KEY, **options: Any) -> requests.Response:
        return self._request("POST", path, key, options)

    def _request(self, verb: str, path: str, key: str | None, options: dict[str, Any]) -> requests.Response:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        headers |= options.pop("headers", {})
        return requests.request(verb, f"{self.url}{path}", headers=headers, timeout=60, **options)

    def _told(self, path: str, body: Any) -> dict[str, Any]:
        answer = self.control(path, body)
        answer.raise_for_status()
        return dict(answer.json())


@contextmanager
def stripe_sandbox(*accounts: Account) -> Iterator[StripeSandbox]:
    served = Served(create_app(KEY, accounts, webhook_secret=WEBHOOK_SECRET))
    try:
        yield StripeSandbox(served.url)
    finally:
        requests.delete(f"{served.url}/_endpoint", timeout=60)
        served.stop()
