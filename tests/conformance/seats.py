"""Seats that students take and give back, and what a school's owner reads of it."""

from datetime import datetime
from typing import Any

from tests.conformance.founding import School
from tests.conformance.stage import Stage
from tests.conformance.wire import Reply


def asked(stage: Stage, procedure: str, sent: dict[str, Any], school: School) -> Any:
    return stage.ask(procedure, sent, school.owner, "query")


def book(stage: Stage, school: School, workshop: dict[str, Any], email: str, at: datetime | None = None) -> Reply:
    attendee = {"email": email, "name": "Ada", "timeZone": "UTC"}
    sent = {"startTime": (at or stage.in_days(1)).isoformat(), "attendee": attendee}
    path = f"/api/v1/public/workshops/{workshop['slug']}/bookings"
    return stage.wire.send("POST", path, params={"tenantSlug": school.slug}, json=sent)


def booked(stage: Stage, school: School, workshop: dict[str, Any], at: datetime | None = None) -> dict[str, Any]:
    reply = book(stage, school, workshop, stage.new_email, at)
    assert reply.status == 201, reply
    return dict(reply.value)


def cancelled(stage: Stage, seat: dict[str, Any]) -> None:
    path = f"/api/v1/public/bookings/{seat['booking']['uid']}/cancel"
    reply = stage.wire.send("POST", path, json={"token": seat["manageToken"]})
    assert reply.status == 200, reply
