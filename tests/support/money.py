"""Students of the academy who pay: its account at Stripe's sandbox, and Stripe's events as our receiver gets them."""

from collections.abc import Iterable
from typing import Any

from immersio.access.model import Role
from immersio.booking.model import Booking
from kernel import settings
from local.sandboxes.stripe import LANGUAGE_ACADEMY
from tests.support.schools import School, Schools, result
from tests.support.stripe import SignedEvent, StripeSandbox
from tests.support.students import book, stored_booking
from tests.support.workers import Context, function
from tests.support.workshops import create
from tests.support.world import Reply

PAID = "checkout.session.completed"


class Money:
    """What goes on between the academy's students and Stripe; events reach us when a test says so."""

    def __init__(self, schools: Schools, account: str = LANGUAGE_ACADEMY) -> None:
        self.schools = schools
        self.stripe = StripeSandbox(settings.get("STRIPE_BASE_URL"))
        self._told: set[str] = set()
        connect(schools, schools.academy, account)

    def workshop(self, **changes: Any) -> dict[str, Any]:
        """Eight weekly classes, the first tomorrow, of two seats for 15 euros."""
        return create(self.schools, **{"price": 1500, "currency": "EUR", "seats": 2, **changes})

    def booked(self, workshop: dict[str, Any], email: str = "ada@example.com", **sent: Any) -> tuple[str, str]:
        """The uid and the token of a seat that is held until it is paid."""
        reply = book(workshop, email, **sent)
        assert reply.status == 201, reply.body
        assert reply.json["booking"]["status"] == "pending"
        return reply.json["booking"]["uid"], reply.json["manageToken"]

    def bought(self, workshop: dict[str, Any], email: str = "ada@example.com", **sent: Any) -> tuple[str, str]:
        """Of a seat that is paid, as far as we know too."""
        uid, token = self.booked(workshop, email, **sent)
        self.pay(uid)
        self.tell()
        return uid, token

    def pay(self, uid: str, outcome: str = "paid") -> dict[str, Any]:
        """The session, as Stripe has it then; we learn of it by the event."""
        return dict(self.stripe.pay(self.session_id(uid), outcome)["session"])

    def session_id(self, uid: str) -> str:
        payment = self.booking(uid).payment
        assert payment
        assert payment.session_id
        return payment.session_id

    def booking(self, uid: str) -> Booking:
        found = stored_booking(self.schools, uid)
        assert found
        return found

    def untold(self, *types: str) -> list[SignedEvent]:
        return [event for event in self.stripe.events(*types) if event.id not in self._told]

    def tell(self, *types: str) -> list[int]:
        """Hand over what Stripe has not told yet, in its order; returns what it was answered."""
        return self.deliver(self.untold(*types))

    def deliver(self, events: Iterable[SignedEvent]) -> list[int]:
        return [self._deliver(event) for event in events]

    def _deliver(self, event: SignedEvent) -> int:
        answer = receive(event.body, event.signature)
        if answer.status == 200:
            self._told.add(event.id)
        return answer.status

    def sessions(self) -> list[dict[str, Any]]:
        return list(self.stripe.state["sessions"])

    def refunds(self) -> list[dict[str, Any]]:
        return list(self.stripe.state["refunds"])

    def settle(self) -> None:
        """What the worker of payments does now."""
        self.schools.run_workers("immersio-payments")


def connect(schools: Schools, school: School, account: str) -> None:
    sent = {"stripeAccountId": account, "stripePublishableKey": "pk_test_51Oo"}
    result(schools.call("immersio.tenant.updateStripeCredentials", school.cookie(Role.OWNER), sent=sent))


def receive(body: bytes, signature: str | None) -> Reply:
    """What Stripe is answered."""
    event = {
        "version": "2.0",
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **({"stripe-signature": signature} if signature else {})},
        "requestContext": {"http": {"method": "POST", "sourceIp": "198.51.100.1"}, "requestId": "stripe"},
        "body": body.decode(),
        "isBase64Encoded": False,
    }
    answer = function("immersio/webhooks/stripe")(event, Context())
    return Reply(answer["statusCode"], answer["body"], answer["headers"])
