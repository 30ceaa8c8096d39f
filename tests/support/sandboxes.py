"""Partners' sandboxes for tests: real HTTP on loopback, each test its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import requests
from flask import Flask
from pydantic import SecretStr

from local.sandboxes.resman import Employee, ResmanProperty, create_app
from local.servers import WebServer
from resman.property import Property
from resman.transport import Patience
from resman.wire import Credentials

CREDENTIALS = Credentials(integration_partner_id="domiq", api_key=SecretStr("GARISH-RUG-KEY"))

MAPLE_COURT = Property.model_validate(
    {
        "account_id": "maple",
        "id": "maple-court",
        "name": "Maple Court",
        "timezone": "America/Chicago",
        "address": "1200 Maple Avenue, Austin, TX",
        "resman_account_id": "400",
        "resman_property_id": "resman-maple-court",
        "leasing_email": "maple-court@leasing.example",
        "leasing_hours": {"monday": [{"opens": "09:00", "closes": "18:00"}]},
        "offers": {"in_person": {"instructions": "Meet us at the office."}},
        "staff": [{"id": "dana", "name": "Dana Reyes", "email": "dana@leasing.example"}],
    }
)

IN_RESMAN = ResmanProperty(
    account_id="400",
    property_id="resman-maple-court",
    employees=(
        Employee("dana", "Dana Reyes", "dana@leasing.example"),
        Employee("lee", "Lee Okafor", "lee@leasing.example"),
    ),
)

QUICK = Patience(
    connect_seconds=10,
    read_seconds=2,
    total_seconds=5,
    first_pause_seconds=0.01,
    longest_pause_seconds=0.05,
    open_seconds=0.3,
)
"""As in production, with shorter pauses: what it waits for comes at once, unless the machine is busy."""


class ResmanSandbox:
    """The sandbox's own doors: what it holds, what its staff do, and what shall go wrong."""

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def appointments(self) -> list[dict[str, Any]]:
        return list(self._get("/_state")["appointments"])

    @property
    def prospects(self) -> list[dict[str, Any]]:
        return list(self._get("/_state")["prospects"])

    @property
    def pending_faults(self) -> int:
        return sum(fault["times"] for fault in self._get("/_faults")["faults"])

    def fail(self, **fault: Any) -> None:
        self._post("/_faults", fault)

    def recover(self) -> None:
        requests.delete(f"{self.url}/_faults", timeout=60).raise_for_status()

    def staff_change(self, appointment_id: str, status: str, **fields: Any) -> None:
        self._post("/_change", {"appointment_id": appointment_id, "status": status, **fields})

    def staff_book(self, **appointment: Any) -> dict[str, Any]:
        return self._post("/_appointments", appointment)

    def call(self, method: str, **fields: str) -> requests.Response:
        """A partner's call, with nothing of our client in between."""
        credentials = {"IntegrationPartnerID": "domiq", "ApiKey": "GARISH-RUG-KEY"}
        place = {"AccountID": "400", "PropertyID": "resman-maple-court"}
        return requests.post(f"{self.url}/{method}", data=credentials | place | fields, timeout=60)

    def _get(self, path: str) -> dict[str, Any]:
        return dict(requests.get(f"{self.url}{path}", timeout=60).json())

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = requests.post(f"{self.url}{path}", json=body, timeout=60)
        answer.raise_for_status()
        return dict(answer.json())


@contextmanager
def resman_sandbox(
    *properties: ResmanProperty, largest_window: timedelta = timedelta(days=31)
) -> Iterator[ResmanSandbox]:
    app = create_app(
        properties or (IN_RESMAN,),
        integration_partner_id=CREDENTIALS.integration_partner_id,
        api_key=CREDENTIALS.api_key.get_secret_value(),
        largest_window=largest_window,
    )
    with serving(app) as url:
        yield ResmanSandbox(url)


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    server = WebServer(app)
    try:
        yield server.url
    finally:
        server.stop()
