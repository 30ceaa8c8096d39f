"""The whole first half of the product around one test: our functions, moto's AWS, and ResMan's sandbox over HTTP.

Requests go through each function's own handler with real API Gateway events. Time passes only when a test says so
(`world.run_workers()` does what is due, `time_machine` moves the clock).
"""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlparse

import boto3
import requests
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

from kernel import clock, signatures
from local import demo
from local.sandboxes.resman import create_app
from tests.support.house import template
from tests.support.inside import forget_clients as forget_clients  # noqa: PLC0414 - a new world is a new process
from tests.support.sink import OnDemand, Served, Sink
from tests.support.workers import Context as Context  # noqa: PLC0414 - what tests of every half import from here
from tests.support.workers import Workplace, workers
from tests.support.workers import function as function  # noqa: PLC0414

PARTNER = {"integration_partner_id": "partner", "api_key": "resman-api-key-of-the-tests"}
WEBHOOK_SECRET = "resman-webhook-secret-of-the-tests"
SESSION_SECRET = "session-secret-of-the-tests"
STRIPE = {"secret_key": "sk_test_of_the_tests", "webhook_secret": "whsec_of_the_tests"}
IMMERSIO = {
    "webhook_secret": "immersio-webhook-secret-of-the-tests",
    "sign_on_secret": "sign-on-secret-of-the-tests, long enough for HS256",
}
SIGNING_SECRET = "whsec_dGhlIHNpZ25pbmcgc2VjcmV0IG9mIHRoZSB0ZXN0cw=="
SECRETS = {
    "resman": {**PARTNER, "webhook_secret": WEBHOOK_SECRET},
    "sessions": {"secret": SESSION_SECRET},
    "stripe": STRIPE,
    "immersio": IMMERSIO,
    "tours": {"signing_secret": SIGNING_SECRET},
}


@dataclass
class Reply:
    status: int
    body: str
    headers: dict[str, str] = field(compare=False)
    """What they say of a limit differs from one answer to the next."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class World(Workplace):
    context = "resman"

    resman: str
    """Base address of ResMan's sandbox."""
    sink: Sink
    api_key: str = ""
    other_api_key: str = ""
    property: dict[str, Any] = field(default_factory=dict)

    def call(
        self,
        folder: str,
        *,
        body: Any = None,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        **path_parameters: str,
    ) -> Reply:
        """Call an HTTP function as API Gateway would, with the demo client's key."""
        raw = body if isinstance(body, str) else json.dumps(body) if body is not None else None
        method = "GET" if body is None else "POST"
        event = {
            "version": "2.0",
            "rawQueryString": urlencode(query or {}),
            "headers": {"x-api-key": self.api_key, "content-type": "application/json", **(headers or {})},
            "pathParameters": path_parameters,
            "requestContext": {"http": {"method": method, "sourceIp": "203.0.113.7"}, "requestId": "test"},
            "body": raw,
            "isBase64Encoded": False,
        }
        answer = function(folder)(event, Context())
        return Reply(answer["statusCode"], answer["body"], answer["headers"])

    def book(self, *, headers: dict[str, str] | None = None, **changes: Any) -> Reply:
        return self.call("resman/tours/book", body=self.booking(**changes), headers=headers)

    def booking(self, *, conversation_id: str = "conv-ada", **changes: Any) -> dict[str, Any]:
        """A booking's body: Ada wants to see Maple Court next Tuesday at two."""
        tour = {
            "prospect_name": "Ada Byron",
            "prospect_email": "ada@example.com",
            "prospect_phone": "+1 512 555 0142",
            "tour_type": "in_person",
            "preferred_date": str(next_open_day()),
            "preferred_time": "14:00",
            "property_id": "maple-court",
            **changes,
        }
        return {"conversation_id": conversation_id, "tour_data": tour}

    def availability(self, **query: str) -> Reply:
        asked = {"property_id": "maple-court", "date": str(next_open_day()), **query}
        return self.call("resman/tours/availability", query=asked)

    def free_times(self, **query: str) -> list[str]:
        return [slot["time"] for slot in self.availability(**query).json["available_slots"]]

    def tour(self, appointment_id: str) -> Any:
        return self.call("resman/tours/get", appointment_id=appointment_id).json

    def update(self, appointment_id: str, **changes: Any) -> Reply:
        return self.call("resman/tours/update", body=changes, appointment_id=appointment_id)

    def resman_tells(self, appointment_id: str, status: str, *, at: datetime | None = None, **fields: Any) -> Reply:
        """ResMan's signed webhook."""
        update = {
            "appointment_id": appointment_id,
            "status": status,
            "updated_fields": fields,
            "timestamp": clock.iso(at or clock.now()),
        }
        return self.signed(json.dumps(update))

    def signed(self, body: str, *, secret: str = WEBHOOK_SECRET, timestamp: str | None = None, **extra: str) -> Reply:
        sent_at = timestamp or str(clock.epoch(clock.now()))
        digits = int(sent_at) if sent_at.isdigit() else 0
        headers = {
            "x-webhook-timestamp": sent_at,
            "x-webhook-signature": signatures.sign(secret, digits, body.encode()),
        }
        return self.call("resman/webhooks/tour_update", body=body, headers={**headers, **extra})

    def appointments(self) -> list[dict[str, Any]]:
        """What ResMan holds."""
        state: list[dict[str, Any]] = requests.get(f"{self.resman}/_state", timeout=60).json()["appointments"]
        return state

    def fault(self, **fault: Any) -> None:
        requests.post(f"{self.resman}/_faults", json=fault, timeout=60).raise_for_status()

    def resman_refuses(self, method: str, reason: str) -> None:
        """The next call of this method: ResMan understands it, and says no."""
        self.fault(path=method, body={"Status": "Error", "ErrorDescription": reason})

    def mend(self) -> None:
        requests.delete(f"{self.resman}/_faults", timeout=60).raise_for_status()

    def resman_staff(self, control: str, **change: Any) -> None:
        requests.post(f"{self.resman}/{control}", json=change, timeout=60).raise_for_status()

    def poll(self) -> None:
        function("resman/workers/poll_resman")({}, Context())

    def mail_to(self, address: str) -> list[str]:
        return [str(message["Subject"]) for message in self.mail() if address in str(message["To"])]


def next_open_day() -> Any:
    """The Tuesday after next, at Maple Court: well ahead, and a working day."""
    today = clock.now().date()
    return today + timedelta(days=(1 - today.weekday()) % 7 + 7)


def create_aws() -> dict[str, str]:
    """The table, queues and secrets as template.yaml declares them; returns the functions' environment."""
    environment = {
        "TABLE_NAME": "booking",
        "RESMAN_SECRET": "resman",
        "TOURS_WEBHOOK_SECRET": "tours",
        "SESSION_SECRET": "sessions",
        "STRIPE_SECRET": "stripe",
        "IMMERSIO_SECRET": "immersio",
        "IMMERSIO_TOKEN_ISSUER": "immersio",
        "IMMERSIO_TOKEN_AUDIENCE": "immersio-booking",
        "MAIL_FROM": "tours@booking.example.com",
        "BOOKING_BASE_URL": "https://booking.immersio.com",
        "ASSETS_BUCKET": "assets",
        "ASSETS_URL": "https://assets.example.net",
        "STAGE": "local",
    }
    declared = template()["Resources"]["Table"]["Properties"]
    layout = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
    _moto("dynamodb").create_table(TableName="booking", **{name: declared[name] for name in layout})
    for queue in workers():
        name = queue.upper().replace("-", "_")
        environment[f"QUEUE_{name}"] = _queue(queue)
        environment[f"DLQ_{name}"] = _queue(f"{queue}-dead")
    for name, secret in SECRETS.items():
        _moto("secretsmanager").create_secret(Name=name, SecretString=json.dumps(secret))
    _moto("s3").create_bucket(Bucket=environment["ASSETS_BUCKET"])
    _moto("sesv2").create_email_identity(EmailIdentity=environment["MAIL_FROM"])
    return environment


def _queue(name: str) -> str:
    """Made in moto itself: a test has two dozen of them, and a request for each takes longer than the test."""
    queue = get_backend("sqs")[DEFAULT_ACCOUNT_ID]["us-east-1"].create_queue(name)
    url: str = queue.url(urlparse("https://sqs.us-east-1.amazonaws.com"))
    return url


@cache
def _moto(service: str) -> Any:
    """Made once: moto answers whatever client asks, and making one takes longer than what it does here."""
    return boto3.client(service)  # type: ignore[call-overload]


def serve_resman() -> Served:
    partner, key = PARTNER["integration_partner_id"], PARTNER["api_key"]
    return Served(OnDemand(lambda: create_app(demo.in_resman(), integration_partner_id=partner, api_key=key)))


def settle(world: World, callback_url: str) -> None:
    """Two landlords with their properties and keys, made by the operators' own functions."""
    for each in demo.PROPERTIES:
        function("resman/operators/create_property")(each, Context())
    create_client = function("resman/operators/create_client")
    own = {"account_id": "maple", "name": "Maple", "property_ids": ["maple-court", "cedar-row"]}
    other = {"account_id": "harbor", "name": "Harbor", "property_ids": ["harbor-point"]}
    world.api_key = create_client({**own, "callback_url": callback_url}, Context())["api_key"]
    world.other_api_key = create_client(other, Context())["api_key"]
    world.property = demo.MAPLE_COURT
