"""`make run`: what a developer relies on while working with it."""

import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from standardwebhooks import Webhook

from immersio.webhook import events
from kernel import ids, outbox, table
from local.gateway import LARGEST_PAYLOAD
from local.tryout import free_slot
from tests.support import local_stack
from tests.support.events_out import sample_event
from tests.support.inside import inside
from tests.support.local_stack import LocalStack, eventually, is_open

AVAILABILITY = "/api/resman/tours/availability"
HANDLER = "functions/resman/tours/availability/handler.py"
BROKEN = "def handler(event, context):\n    raise RuntimeError('the kettle is on fire')\n"
MISSPELT = "def handler(event, context)\n"
MENDED = "def handler(event, context):\n    return {'kettle': 'mended'}\n"


def test_a_request_travels_to_its_function_and_back(stack: LocalStack) -> None:
    query = {"property_id": stack.description["propertyId"], "date": "2000-01-01"}
    answer = stack.request("GET", AVAILABILITY, params=query)
    assert answer.status_code == 400
    assert answer.json()["code"] == "VALIDATION_ERROR"


def test_a_route_nobody_declared_is_not_found(stack: LocalStack) -> None:
    answer = stack.request("GET", "/api/resman/unheard-of")
    assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})


def test_a_request_larger_than_lambda_takes_is_refused(stack: LocalStack) -> None:
    answer = stack.request("POST", "/api/resman/tours/book", data=b"x" * (LARGEST_PAYLOAD + 1))
    assert answer.status_code == 413


def test_what_is_no_text_is_a_third_longer_for_lambda(stack: LocalStack) -> None:
    """It is handed over as base64: five megabytes of a photo are too many, though text may be longer."""
    photo = {"file": b"x" * (LARGEST_PAYLOAD * 4 // 5)}
    assert stack.request("POST", "/api/trpc/immersio.landing.uploadAsset", files=photo).status_code == 413


def test_a_browser_may_ask_before_it_calls(stack: LocalStack) -> None:
    asked = {"Origin": "https://maple.example", "Access-Control-Request-Method": "POST"}
    answer = stack.request("OPTIONS", "/api/resman/tours/book", headers=asked)
    assert answer.status_code == 204
    assert "x-api-key" in answer.headers["Access-Control-Allow-Headers"]


def test_the_stream_and_the_queues_lead_to_their_functions(stack: LocalStack) -> None:
    """A booked tour is told to the chatbot by way of the table's stream and a queue."""
    appointment = _book(stack, "conv-through-the-stack")
    told = eventually(lambda: _told(stack, appointment))
    assert told["headers"]["webhook-id"]


def test_what_happens_at_a_school_is_told_to_its_immersio(stack: LocalStack) -> None:
    """The secret that `/_local` tells verifies whatever arrives there, the chatbot's webhooks too."""
    tenant, secret = stack.description["tenant"], stack.description["secrets"]["outgoingWebhook"]
    with inside(stack.description["environment"]):
        told = events.event(sample_event(title="Through the stack"), tenant["id"], 1)
        table.write(outbox.put(told))
    told = eventually(lambda: _told(stack, "Through the stack"))
    assert Webhook(secret).verify(told["body"], told["headers"])["event"] == "WORKSHOP_CREATED"


def test_an_e_mail_is_kept_whole_with_its_calendar_file(stack: LocalStack) -> None:
    _book(stack, "conv-mail", prospect_email="calendar@example.com")
    [mail] = eventually(lambda: _mail_to(stack, "calendar@example.com"))
    assert mail["calendar"].startswith("BEGIN:VCALENDAR")
    assert mail["text"]
    assert mail["html"]
    assert [each["filename"] for each in mail["attachments"]] == ["invite.ics"]


def test_a_session_of_the_demo_calls_procedures_alone_and_in_a_batch(stack: LocalStack) -> None:
    owner, school = {"cookie": stack.description["cookies"]["owner"]}, stack.description["tenant"]
    alone = stack.request("GET", "/api/trpc/immersio.tenant.get", headers=owner)
    assert alone.json()["result"]["data"]["json"].items() >= {"id": school["id"], "slug": school["slug"]}.items()
    batch = stack.request("GET", "/api/trpc/viewer.me.get,immersio.tenant.get?batch=1", headers=owner)
    assert batch.status_code == 200
    me, tenant = (one["result"]["data"]["json"] for one in batch.json())
    assert me["organization"]["id"] == tenant["id"] == school["id"]
    assert stack.request("GET", "/api/trpc/tenant/get", headers={"cookie": ""}).status_code == 401


def test_a_school_of_the_demo_connects_its_stripe_account(stack: LocalStack) -> None:
    cookie, accounts = stack.description["cookies"]["otherOwner"], stack.description["stripeAccounts"]

    def connect(account: str) -> Any:
        sent = {"json": {"stripeAccountId": account, "stripePublishableKey": "pk_test_of_the_studio"}}
        path = "/api/trpc/immersio.tenant.updateStripeCredentials"
        return stack.request("POST", path, headers={"cookie": cookie}, json=sent)

    assert connect(accounts["unfinished"]).status_code == 400
    assert connect(accounts["otherTenant"]).json()["result"]["data"]["json"]["success"] is True
    tenant = stack.request("GET", "/api/trpc/immersio.tenant.get", headers={"cookie": cookie}).json()
    assert tenant["result"]["data"]["json"]["stripeConnected"] is True


def test_whoever_enrols_at_immersio_may_book_and_whoever_leaves_may_not(stack: LocalStack) -> None:
    """The demo's school is connected, and one of its workshops goes with a course."""
    enrolment = {"courseId": stack.description["mappedCourseId"], "email": "ada@example.com"}
    assert _answer_to_booking(stack, "ada@example.com") == 403
    _happens_at_immersio(stack, "_enrol", enrolment)
    assert _answer_to_booking(stack, "ada@example.com") == 201
    _happens_at_immersio(stack, "_unenrol", enrolment)
    assert _answer_to_booking(stack, "ada@example.com") == 403


def test_the_other_school_of_the_demo_connects_its_organisation(stack: LocalStack) -> None:
    cookie, school = stack.description["cookies"]["otherOwner"], stack.description["otherTenant"]

    def connect(key: str) -> Any:
        sent = {"json": {"immersioOrgId": school["immersioOrgId"], "apiKey": key}}
        answer = stack.request("POST", "/api/trpc/immersio.integration.connect", headers={"cookie": cookie}, json=sent)
        return answer.json()["result"]["data"]["json"]

    keys = stack.description["immersioApiKeys"]
    assert connect(keys["tenant"])["testResult"]["connectionValid"] is False
    assert connect(keys["otherTenant"])["testResult"] == {
        "connectionValid": True,
        "orgName": "Music Studio",
        "courseCount": 1,
    }


def test_a_port_in_use_is_named_and_nothing_is_left_behind(stack: LocalStack) -> None:
    with local_stack.start(stack.ports[0]) as second:
        output, _ = second.communicate(timeout=local_stack.START_SECONDS)
    assert second.returncode == 1
    assert f"port {stack.ports[0]}" in output


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalStack, Path]]:
    """A stack of its own on a copy of the code, whose availability function may be edited."""
    folder = local_stack.copy_of_the_tree(tmp_path_factory.mktemp("workbench"))
    with local_stack.running(folder) as stack:
        yield stack, folder / HANDLER


def test_a_failing_function_answers_500_and_prints_its_traceback(workbench: tuple[LocalStack, Path]) -> None:
    stack, handler = workbench
    handler.write_text(BROKEN)
    answer = stack.request("GET", AVAILABILITY)
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})
    assert eventually(lambda: "RuntimeError: the kettle is on fire" in stack.output)
    assert f'{handler}", line 2, in handler' in stack.output


def test_edited_code_is_used_at_the_next_request(workbench: tuple[LocalStack, Path]) -> None:
    stack, handler = workbench
    handler.write_text(MISSPELT)
    assert stack.request("GET", AVAILABILITY).status_code == 500
    assert eventually(lambda: "SyntaxError" in stack.output)
    handler.write_text(MENDED)
    assert stack.request("GET", AVAILABILITY).json() == {"kettle": "mended"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_everything(number: signal.Signals) -> None:
    with local_stack.running() as stack:
        assert all(map(is_open, stack.ports))
        assert stack.stop(number) == 0
        assert not any(map(is_open, stack.ports))


def test_a_stack_that_is_killed_takes_its_aws_with_it() -> None:
    with local_stack.running() as stack:
        stack.stop(signal.SIGKILL)
        assert eventually(lambda: not any(map(is_open, stack.ports)))


def _book(stack: LocalStack, conversation: str, **changes: str) -> str:
    day, time = free_slot(stack.description, datetime.now(UTC).date() + timedelta(days=2))
    tour = {
        "prospect_name": "Grace Hopper",
        "prospect_email": f"{conversation}@example.com",
        "prospect_phone": "+1 512 555 0142",
        "tour_type": "in_person",
        "preferred_date": day,
        "preferred_time": time,
        "property_id": stack.description["propertyId"],
        **changes,
    }
    answer = stack.request("POST", "/api/resman/tours/book", json={"conversation_id": conversation, "tour_data": tour})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["appointment_id"])


def _happens_at_immersio(stack: LocalStack, door: str, change: dict[str, str]) -> None:
    """Our receiver is told of it, and takes it."""
    told = requests.post(f"{stack.description['sandboxes']['immersio']}/{door}", json=change, timeout=60).json()
    assert [answer["status"] for answer in told["delivery"]["answers"]] == [200]


def _answer_to_booking(stack: LocalStack, email: str) -> int:
    """Whether the next free time of the workshop that goes with a course can be booked."""
    slug, tenant = stack.description["workshops"]["whitelisted"], stack.description["tenant"]["slug"]
    cookie = {"cookie": stack.description["cookies"]["owner"]}
    listed = stack.request(
        "GET", "/api/trpc/immersio.workshop.list", headers=cookie, params={"input": '{"json": {}}'}
    ).json()
    workshops = listed["result"]["data"]["json"]["workshops"]
    (next_time,) = (each["nextOccurrence"] for each in workshops if each["slug"] == slug)
    sent = {"startTime": next_time, "attendee": {"email": email, "name": "Ada", "timeZone": "UTC"}}
    path = f"/api/v1/public/workshops/{slug}/bookings?tenantSlug={tenant}"
    answer = stack.request("POST", path, json=sent, headers={"Idempotency-Key": ids.new("try")})
    return answer.status_code


def _told(stack: LocalStack, appointment: str) -> Any:
    deliveries = stack.request("GET", "/_local/webhooks").json()
    return next((each for each in deliveries if appointment in each["body"]), None)


def _mail_to(stack: LocalStack, address: str) -> list[dict[str, Any]]:
    return [mail for mail in stack.request("GET", "/_local/mail").json() if mail["to"] == address]
