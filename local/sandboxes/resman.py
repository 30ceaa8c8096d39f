"""ResMan on loopback, as its partners know it: forms in, 200 for yes and for no, guest cards that remember.

Staff have their own doors, which ResMan itself does not have:

    GET  /_state         what is held
    POST /_change        {"appointment_id", "status", "starts_at"?, "staff_notes"?}, as a colleague would in ResMan
    POST /_appointments  {"property_id", "employee_id"?, "starts_at", "status"?, "name"?, "email"?}, made by hand
    POST /_faults        see `local.sandboxes.faults`
"""

import json
from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Any

import xmltodict
from flask import Flask, Response, request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from local.sandboxes import faults
from local.sandboxes.faults import ControlRefused, control_input
from local.sandboxes.resman_cards import (
    Employee,
    Event,
    GuestCards,
    Prospect,
    Refused,
    ResmanProperty,
    new_id,
    touch,
)
from local.sandboxes.resman_methods import Answer, WindowTooLarge, methods

__all__ = ["Employee", "ResmanProperty", "create_app"]

LARGEST_WINDOW = timedelta(days=31)


class Change(BaseModel):
    model_config = ConfigDict(extra="forbid")

    appointment_id: str
    status: str = Field(min_length=1)
    starts_at: AwareDatetime | None = None
    staff_notes: str | None = None


class ByHand(BaseModel):
    model_config = ConfigDict(extra="forbid")

    property_id: str
    employee_id: str | None = None
    starts_at: AwareDatetime
    status: str = "Scheduled"
    name: str = "Walk In"
    email: str = "walk.in@example.com"


def create_app(
    properties: Sequence[ResmanProperty],
    *,
    integration_partner_id: str = "domiq-sandbox",
    api_key: str = "resman-sandbox-key",
    largest_window: timedelta = LARGEST_WINDOW,
) -> Flask:
    app = Flask(__name__)
    cards = GuestCards(tuple(properties))
    faults.install(app)
    _install_controls(app, cards)
    known = methods(largest_window)

    @app.route("/<area>/<name>", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    def call(area: str, name: str) -> Response:
        try:
            _check_request(integration_partner_id, api_key)
            method = known.get(f"{area}/{name}")
            if method is None:
                raise Refused(f"There is no method {area}/{name}")
            with cards.lock:
                home = cards.home(request.form.get("AccountID", ""), request.form.get("PropertyID", ""))
                return _envelope(name, "Success", **method(cards, home))
        except Refused as refusal:
            return _envelope(name, "Error", ErrorDescription=str(refusal))

    @app.errorhandler(WindowTooLarge)
    def overflow(_: WindowTooLarge) -> tuple[str, int]:
        return "<html><body><h1>502 Bad Gateway</h1>upstream: buffer overflow</body></html>", 502

    return app


def _check_request(integration_partner_id: str, api_key: str) -> None:
    if request.method != "POST" or request.mimetype != "application/x-www-form-urlencoded":
        raise Refused("Only a POST of application/x-www-form-urlencoded is understood")
    credentials = (request.form.get("IntegrationPartnerID"), request.form.get("ApiKey"))
    if credentials != (integration_partner_id, api_key):
        raise Refused("Invalid IntegrationPartnerID or ApiKey")


def _envelope(method: str, status: str, **payload: Any) -> Response:
    answer = payload | {
        "MethodName": method,
        "Status": status,
        "ErrorDescription": payload.get("ErrorDescription"),
        "AccountID": request.form.get("AccountID"),
        "PropertyID": request.form.get("PropertyID"),
    }
    if request.accept_mimetypes.best_match(["application/json", "application/xml"]) == "application/xml":
        document = xmltodict.unparse({"ResMan": {name: _nested(name, value) for name, value in answer.items()}})
        return Response(document, content_type="application/xml; charset=utf-8")
    return Response(json.dumps(_collapsed(answer)), content_type="application/json; charset=utf-8")


def _nested(name: str, value: Any) -> Any:
    """`<Employees><Employee/>…</Employees>`: XML wraps a list in the name of its kind."""
    return {name.removesuffix("s"): value} if isinstance(value, list) else value


def _collapsed(value: Any) -> Any:
    """ResMan's JSON is made from XML: one thing is no list, and no thing is null."""
    match value:
        case dict():
            return {name: _collapsed(inner) for name, inner in value.items()}
        case []:
            return None
        case [only]:
            return _collapsed(only)
        case list():
            return [_collapsed(inner) for inner in value]
    return value


def _install_controls(app: Flask, cards: GuestCards) -> None:
    @app.get("/_state")
    def state() -> Answer:
        with cards.lock:
            return {
                "appointments": [_held(prospect, event) for prospect, event in cards.all_events()],
                "prospects": [_card(prospect) for prospect in cards.all_prospects()],
            }

    @app.post("/_change")
    def change() -> Answer:
        wanted = control_input(Change)
        with cards.lock:
            try:
                prospect, event = cards.find_event(wanted.appointment_id)
            except Refused as refusal:
                raise ControlRefused(str(refusal), 404) from None
            _apply(wanted, event)
            touch(prospect, event)
            return _held(prospect, event)

    @app.post("/_appointments")
    def make_by_hand() -> tuple[Answer, int]:
        wanted = control_input(ByHand)
        with cards.lock:
            try:
                home = cards.home_of(wanted.property_id)
                event = _made_by_hand(wanted, home)
            except Refused as refusal:
                raise ControlRefused(str(refusal), 404) from None
            prospect = cards.put(home, wanted.name, wanted.email, event)
            return _held(prospect, event), 201


def _apply(wanted: Change, event: Event) -> None:
    event.status = wanted.status
    if wanted.starts_at:
        event.starts_at = wanted.starts_at.astimezone(UTC)
    if wanted.staff_notes:
        event.comments = f"{event.comments}\n{wanted.staff_notes}"


def _made_by_hand(wanted: ByHand, home: ResmanProperty) -> Event:
    employee = home.employee(wanted.employee_id) if wanted.employee_id else None
    return Event(new_id(), starts_at=wanted.starts_at.astimezone(UTC), employee=employee, status=wanted.status)


def _held(prospect: Prospect, event: Event) -> Answer:
    return {
        "appointment_id": event.tour_id or event.id,
        "event_id": event.id,
        "tour_id": event.tour_id,
        "prospect_id": prospect.id,
        "account_id": prospect.home.account_id,
        "property_id": prospect.home.property_id,
        "event_type": event.type,
        "status": event.word,
        "starts_at": event.starts_at.isoformat(),
        "staff_member": event.employee.name if event.employee else None,
        "employee_id": event.employee.id if event.employee else None,
        "comments": event.comments,
        "modified_at": event.modified_at.isoformat(),
    }


def _card(prospect: Prospect) -> Answer:
    return {
        "prospect_id": prospect.id,
        "person_id": prospect.person_id,
        "account_id": prospect.home.account_id,
        "property_id": prospect.home.property_id,
        "type": prospect.type,
        "name": f"{prospect.first_name} {prospect.last_name}".strip(),
        "email": prospect.email,
        "phone": prospect.phone,
        "desired_units": prospect.desired_units,
        "events": len(prospect.events),
    }
