"""Stripe's sandbox for tests: its other doors, and what our own functions find behind the first one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from local.sandboxes.stripe import Account, create_app
from tests.support.sink import Served

KEY = "sk_test_of_the_tests"


class StripeSandbox:
    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def accounts(self) -> dict[str, dict[str, Any]]:
        held = requests.get(f"{self.url}/_state", timeout=5).json()["accounts"]
        return {account["id"]: account for account in held}

    def fail(self, **fault: Any) -> None:
        self.control("/_faults", fault).raise_for_status()

    def change(self, account_id: str, **change: Any) -> None:
        self.control("/_change", {"account_id": account_id, **change}).raise_for_status()

    def control(self, path: str, body: Any) -> requests.Response:
        return requests.post(f"{self.url}{path}", json=body, timeout=5)

    def get(self, path: str, *, key: str | None = KEY, **options: Any) -> requests.Response:
        """A request of somebody's, with nothing of Stripe's client in between."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return requests.get(f"{self.url}{path}", headers=headers | options.pop("headers", {}), timeout=5, **options)


@contextmanager
def stripe_sandbox(*accounts: Account) -> Iterator[StripeSandbox]:
    served = Served(create_app(KEY, accounts))
    try:
        yield StripeSandbox(served.url)
    finally:
        served.stop()
