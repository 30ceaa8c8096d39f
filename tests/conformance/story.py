"""What the documents' examples tell, played on the stack: a workshop is made, a seat booked, paid and given back.

What Immersio is told of it are the four outgoing events.
"""

import json
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import requests

from kernel import ids
from tests.conformance.school_cast import SchoolCast
from tests.support.local_stack import eventually
from tests.support.stripe import StripeSandbox

EXAMPLES = Path(__file__).parent / "examples"


def example(name: str) -> Any:
    return json.loads((EXAMPLES / f"{name}.json").read_text())


class Story:
    def __init__(self, cast: SchoolCast) -> None:
        self.cast = cast
        self.stripe = StripeSandbox(cast.told["sandboxes"]["stripe"])
        told = example("BOOKING_CREATED.event")["data"]["booking"]
        self.attendee, self.metadata = told["attendee"], told["metadata"]
        self.reason = example("BOOKING_CANCELLED.event")["data"]["booking"]["cancellationReason"]

    @cached_property
    def workshop(self) -> dict[str, Any]:
        """As the example makes it, by a teacher of ours, from tomorrow on."""
        sent = example("immersio.workshop.create.request")
        there = {"teacherId": self.cast.told["teacherId"], "startsAt": self.cast.in_days(2)}
        made = self.cast.ask("immersio.workshop.create", {**sent, **there}, self.cast.owner)
        listed = {"workshopId": made["id"], "mode": "add", "emails": [{"email": self.attendee["email"]}]}
        self.cast.ask("immersio.workshop.updateWhitelist", listed, self.cast.owner)
        return dict(made)

    @cached_property
    def booked(self) -> dict[str, Any]:
        """Paid, and given back."""
        seat = self.paid(self.attendee)
        given_back = self.cast.wire.send(
            "POST",
            f"/api/v1/public/bookings/{seat['booking']['uid']}/cancel",
            json={"token": seat["manageToken"], "reason": self.reason, "requireRefund": True},
        )
        assert given_back.status == 200, given_back
        return seat

    @cached_property
    def kept(self) -> dict[str, Any]:
        """Paid, and not given back."""
        email = f"{ids.new('kept')}@example.com"
        listed = {"workshopId": self.workshop["id"], "mode": "add", "emails": [{"email": email}]}
        self.cast.ask("immersio.workshop.updateWhitelist", listed, self.cast.owner)
        return self.paid({**self.attendee, "email": email})

    def paid(self, attendee: dict[str, str], slug: str = "", at: datetime | None = None) -> dict[str, Any]:
        """A seat of the story's workshop, or of another one of the academy."""
        sent = {
            "startTime": (at or self.cast.in_days(2)).isoformat(),
            "attendee": attendee,
            "immersioStudentId": self.metadata["immersioStudentId"],
        }
        slug, school = slug or self.workshop["slug"], self.cast.told["tenant"]["slug"]
        reserved = self.cast.wire.send(
            "POST", f"/api/v1/public/workshops/{slug}/bookings", params={"tenantSlug": school}, json=sent
        )
        assert reserved.status == 201, reserved
        seat: dict[str, Any] = reserved.value
        self.stripe.pay(seat["payment"]["checkoutUrl"].rpartition("/")[2])
        assert eventually(lambda: self.status(seat) == "accepted")
        return seat

    def status(self, seat: dict[str, Any]) -> str:
        asked = {"token": seat["manageToken"]}
        found = self.cast.wire.send("GET", f"/api/v1/public/bookings/{seat['booking']['uid']}", params=asked)
        return str(found.value["booking"]["status"])

    def event(self, name: str) -> dict[str, Any]:
        """As it arrived at Immersio."""
        about = str(self.workshop["id"]) if name == "WORKSHOP_CREATED" else str(self.booked["booking"]["uid"])
        found = eventually(lambda: self._received(name, about))
        assert found, f"Immersio was not told of {name}"
        return found[0]

    def _received(self, name: str, about: str) -> list[dict[str, Any]]:
        sent = requests.get(f"{self.cast.stack.url}/_local/webhooks", timeout=60).json()
        bodies = (json.loads(one["body"]) for one in sent if about in one["body"])
        return [body for body in bodies if body["event"] == name]
