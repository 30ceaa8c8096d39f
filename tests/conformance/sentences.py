"""What the documents say in sentences, each looked at on the stack by the function that rules.yaml names."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from kernel import clock, signatures
from tests.conformance import documents
from tests.conformance.documents import operation
from tests.conformance.item import Item
from tests.conformance.stage import Stage
from tests.support.local_stack import eventually

WEBHOOK = "POST /api/v1/webhooks/immersio"


def items() -> Iterator[Item]:
    for part in documents.load("rules"):
        for line, name in part["lines"].items():
            yield Item(part["section"], "says", line, globals()[name])


# the architecture, and section 6


def trpc_is_for_who_is_signed_in(stage: Stage) -> None:
    """Each procedure's own item says so too; this is of all of Cal.com's layout."""
    for path in ("immersio.tenant.get", "viewer.me.get", "teams/get", "tenant/get"):
        reply = stage.wire.send("GET", f"/api/trpc/{path}")
        assert (reply.status, reply.code) == (401, "UNAUTHORIZED"), reply


def viewer_procedures(stage: Stage) -> None:
    assert stage.ask("viewer.me.get", {}, stage.principal, "query")["id"] == stage.annex.owner_id


def teams_procedures(stage: Stage) -> None:
    sent = {"teamId": stage.annex.id}
    found = [stage.ask(name, sent, stage.principal, "query")["id"] for name in ("teams.get", "viewer.teams.get")]
    assert found == [stage.annex.id] * 2


def immersio_procedures(stage: Stage) -> None:
    assert stage.ask("immersio.tenant.get", {}, stage.principal, "query")["id"] == stage.annex.id


def rest_answers_json(stage: Stage) -> None:
    reply = stage.call(operation("GET /api/v1/public/landing/{slug}"))
    assert reply.answer.headers["content-type"].split(";")[0] == "application/json"


def webhooks_come_in(stage: Stage) -> None:
    assert stage.call(operation(WEBHOOK)).status == 200


def public_pages(stage: Stage) -> None:
    """Nothing is sent that says who asks."""
    for name in ("GET /api/v1/public/landing/{slug}", "GET /api/v1/public/workshops/{slug}"):
        reply = stage.call(operation(name), by=None)
        assert reply.status == 200, reply
        assert not {"cookie", "authorization", "x-api-key"} & {each.lower() for each in reply.answer.request.headers}


def sign_on_begins(stage: Stage) -> None:
    """Immersio is told which organisation it is about, and gets a state to hand back."""
    asked = {"tenantSlug": stage.told["tenant"]["slug"], "redirectUrl": "/welcome"}
    reply = stage.wire.send("GET", "/api/v1/oauth/immersio/login", params=asked)
    assert reply.status == 302, reply
    there = urlsplit(reply.answer.headers["location"])
    assert f"{there.scheme}://{there.netloc}" == stage.told["sandboxes"]["immersio"]
    query = parse_qs(there.query)
    assert query["org"] == [stage.org]
    assert query["state"][0]


def a_session_that_is_not_valid_is_refused(stage: Stage) -> None:
    touched = stage.principal[:-4] + ("AAAA" if not stage.principal.endswith("AAAA") else "BBBB")
    for cookie in (None, touched, "next-auth.session-token=none", "another=cookie"):
        reply = stage.wire.procedure("immersio.tenant.get", {}, cookie, "query")
        assert (reply.status, reply.code) == (401, "UNAUTHORIZED"), reply
    assert stage.principal.startswith("next-auth.session-token=")
    assert stage.wire.procedure("immersio.tenant.get", {}, stage.principal, "query").status == 200


def the_school_is_the_callers(stage: Stage) -> None:
    """Whatever else is said: the same call is about another school for another user."""
    for cookie, school in ((stage.owner, "tenant"), (stage.other_owner, "otherTenant")):
        found = stage.ask("immersio.tenant.get", {"id": 1, "tenantId": 1}, cookie, "query")
        assert (found["id"], found["slug"]) == (stage.told[school]["id"], stage.told[school]["slug"])


def the_slug_names_the_school(stage: Stage) -> None:
    """A workshop of one school is not there under another's name."""
    named = {"slug": stage.designed_workshop}
    pages = operation("GET /api/v1/public/workshops/{slug}")
    assert stage.call(pages, {**named, "tenantSlug": stage.designed_school}).status == 200
    elsewhere = stage.call(pages, {**named, "tenantSlug": stage.annex.slug})
    assert (elsewhere.status, elsewhere.code) == (404, "WORKSHOP_NOT_FOUND"), elsewhere


def one_altered_byte_is_refused(stage: Stage) -> None:
    sent = stage.call(operation(WEBHOOK)).answer.request
    assert isinstance(sent.body, bytes)
    altered = sent.body.replace(b"Updated", b"updated")
    assert altered != sent.body
    reply = stage.wire.send("POST", "/api/v1/webhooks/immersio", data=altered, headers=dict(sent.headers))
    assert (reply.status, reply.code) == (400, "INVALID_SIGNATURE"), reply


def an_old_timestamp_is_refused(stage: Stage) -> None:
    """Signed with the right secret, but too long ago, or ahead."""
    body, secret = b"{}", stage.told["secrets"]["immersioWebhook"]
    for seconds in (-400, 400):
        at = clock.epoch(clock.now() + timedelta(seconds=seconds))
        headers = {"X-Webhook-Timestamp": str(at), "X-Webhook-Signature": signatures.sign(secret, at, body)}
        reply = stage.wire.send("POST", "/api/v1/webhooks/immersio", data=body, headers=headers)
        assert (reply.status, reply.code) == (400, "INVALID_SIGNATURE"), reply


def immersio_returns_a_token(stage: Stage) -> None:
    """Whoever has said there who they are comes back with a token and our state."""
    back = _signed_in_at_immersio(stage, requests.Session())
    assert back["token"].count(".") == 2
    assert back["state"]


def the_session_is_one(stage: Stage) -> None:
    """The cookie that the callback sets, and the token it answers, are sessions of that user."""
    browser = requests.Session()
    back = _signed_in_at_immersio(stage, browser)
    sent = {"token": back["token"], "state": back["state"], "redirectUrl": "/welcome"}
    answer = browser.post(f"{stage.wire.url}/api/v1/oauth/immersio/callback", json=sent, timeout=60)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    for cookie in (f"next-auth.session-token={told['sessionToken']}", _cookie(browser)):
        assert stage.ask("viewer.me.get", {}, cookie, "query")["id"] == told["user"]["id"]


def _cookie(browser: requests.Session) -> str:
    return f"next-auth.session-token={browser.cookies.get('next-auth.session-token')}"


def _signed_in_at_immersio(stage: Stage, browser: requests.Session) -> dict[str, str]:
    asked = {"tenantSlug": stage.told["tenant"]["slug"], "redirectUrl": "/welcome"}
    login = f"{stage.wire.url}/api/v1/oauth/immersio/login"
    there = browser.get(login, params=asked, allow_redirects=False, timeout=60).headers["location"]
    chosen = requests.post(there, data={"person": "student_457"}, allow_redirects=False, timeout=60)
    query = parse_qs(urlsplit(chosen.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


# the tours document


def availability_is_kept_for_when_resman_is_down(stage: Stage) -> None:
    """Asked once it comes from ResMan, and from what is kept of it while ResMan is away; a day never asked is a 503."""
    known, unknown = stage.new_slot.date, stage.far_day
    first = _availability(stage, known)
    assert first.status_code == 200
    with _resman_down(stage):
        assert _availability(stage, known).json()["available_slots"] == first.json()["available_slots"]
        assert _availability(stage, unknown).status_code == 503


def a_booking_is_an_appointment_in_resman(stage: Stage) -> None:
    email = stage.new_email
    stage.booked(prospect_email=email)
    assert len(_appointments(stage, email)) == 1


def a_tour_says_how_it_is_synced(stage: Stage) -> None:
    found = stage.tours("GET", f"/{stage.booked()['appointment_id']}").json()
    assert (found["status"], found["resman_sync"]) == ("confirmed", "synced")


def the_prospect_is_mailed(stage: Stage) -> None:
    email = stage.new_email
    stage.booked(prospect_email=email)
    assert eventually(lambda: _subjects(stage, to=email))


def the_staff_is_mailed(stage: Stage) -> None:
    name = f"Ada {stage.new_id}"
    stage.booked(prospect_name=name)
    assert eventually(lambda: [to for to in _receivers(stage, name) if to.endswith("@leasing.example")])


def a_booking_outlives_an_outage(stage: Stage) -> None:
    """It is kept and tried again, until ResMan has it."""
    email = stage.new_email
    with _resman_down(stage):
        kept = stage.booked(prospect_email=email)
        assert kept["status"] == "pending_sync"
    look = f"/{kept['appointment_id']}"
    assert eventually(lambda: stage.tours("GET", look).json()["status"] == "confirmed")
    assert len(_appointments(stage, email)) == 1


def cancellation_and_follow_up_are_mailed(stage: Stage) -> None:
    """The confirmation comes first; what is told by ResMan's webhook is mailed as what people tell."""
    for word, status in (("cancel", "Cancelled"), ("", "Show")):
        email = stage.new_email
        tour = stage.booked(prospect_email=email)["appointment_id"]
        assert eventually(lambda to=email: len(_subjects(stage, to=to)) == 1)  # type: ignore[misc]
        sent = {"appointment_id": tour, "status": status, "updated_fields": {}}
        told = stage.call(operation("POST /api/resman/webhooks/tour-update"), {**sent, "timestamp": "$now_text"})
        assert told.status == 200, told
        assert eventually(lambda to=email: len(_subjects(stage, to=to)) == 2)  # type: ignore[misc]
        assert word in _subjects(stage, to=email)[-1].lower()


@contextmanager
def _resman_down(stage: Stage) -> Iterator[None]:
    """Whatever comes after it finds that ResMan is asked again, which it is not at once if many had no answer."""
    stage.sandbox("resman", "/_faults", times=10_000)
    try:
        yield
    finally:
        requests.delete(f"{stage.told['sandboxes']['resman']}/_faults", timeout=60).raise_for_status()
    never_asked = stage.far_day
    assert eventually(lambda: _availability(stage, never_asked).status_code == 200)


def _availability(stage: Stage, day: str) -> requests.Response:
    return stage.tours("GET", "/availability", params={"property_id": stage.place, "date": day})


def _appointments(stage: Stage, email: str) -> list[dict[str, Any]]:
    state = requests.get(f"{stage.told['sandboxes']['resman']}/_state", timeout=60).json()
    people = [one["prospect_id"] for one in state["prospects"] if one["email"] == email]
    return [one for one in state["appointments"] if one["prospect_id"] in people]


def _mails(stage: Stage) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = requests.get(f"{stage.stack.url}/_local/mail", timeout=60).json()
    return found


def _subjects(stage: Stage, to: str) -> list[str]:
    return [mail["subject"] for mail in _mails(stage) if to in mail["to"]]


def _receivers(stage: Stage, about: str) -> list[str]:
    return [mail["to"] for mail in _mails(stage) if about in str(mail)]
