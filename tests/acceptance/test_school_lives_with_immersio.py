"""A school and its Immersio, over HTTP: what either tells the other, what is read anew, and who signs in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from standardwebhooks import Webhook, WebhookVerificationError
from svix.webhooks import Webhook as Svix

from kernel import ids
from local import schools
from tests.support.campus import Campus, in_days, own
from tests.support.inside import inside
from tests.support.local_stack import LocalStack, eventually
from tests.support.schools import CREATE
from tests.support.sink import Received, Served, Sink
from tests.support.workers import Context, function

COMPLETED, RUNNING = "completed", "started"


@contextmanager
def failing(address: str, **fault: Any) -> Iterator[None]:
    """The next answers of a receiver, or of a sandbox, fail or are late."""
    requests.post(f"{address}/_faults", json=fault, timeout=60).raise_for_status()
    try:
        yield
    finally:
        requests.delete(f"{address}/_faults", timeout=60).raise_for_status()


def test_what_happens_while_a_receiver_is_down_arrives_once_it_is_up(campus: Campus) -> None:
    """INV-27, INV-28: once, under the id by which the delivery log has it; after two failures it waits for minutes."""
    made = campus.workshop(own("Untold "), price=0)
    assert eventually(lambda: _received_ids(campus, str(made["id"])))
    with failing(f"{campus.stack.url}/_local", path="/webhooks", times=10_000):
        seat = campus.booked(made["slug"], f"{own('pia')}@example.com", in_days(3))
        assert seat.status() == "accepted"
        waiting = eventually(lambda: _tried(_newest(campus, "BOOKING_CREATED"), times=2))
        assert waiting
        assert (waiting["status"], waiting["lastStatusCode"]) == ("pending", 503)
        assert "A fault that was asked for" in waiting["lastAnswer"]
        assert campus.told(seat.uid) == []

    webhook_id = waiting["webhookId"]
    assert campus.call("immersio.webhook.replay", {"webhookId": webhook_id}) == {"success": True, "replayed": 1}
    assert eventually(lambda: _delivery(campus, webhook_id)["status"] == "delivered")
    assert _received_ids(campus, seat.uid) == [webhook_id]
    told = _delivery(campus, webhook_id)
    assert (told["lastStatusCode"], told["lastError"]) == (200, None)
    assert {attempt["statusCode"] for attempt in told["history"][:-1]} == {503}


def test_while_a_secret_is_replaced_both_verify(campus: Campus, club: "Club") -> None:
    """INV-28: with the libraries that a receiver would take, and the old one no longer alone."""
    club.workshop(campus)
    rotated = campus.call("immersio.webhook.rotateSecret", {}, by=club.cookie)
    assert rotated["previousValidUntil"]
    club.workshop(campus)
    before, after = club.received(2)
    _verifies(club.secret, before)
    for secret in (club.secret, rotated["secret"]):
        _verifies(secret, after)
    with pytest.raises(WebhookVerificationError):
        _verifies(rotated["secret"], before)


def test_a_whitelist_follows_who_is_enrolled_at_immersio(campus: Campus) -> None:
    made = campus.workshop(own("Followed "), price=0, seats=8, whitelistEnabled=True)
    course, ren = campus.stack.description["mappedCourseId"], f"{own('ren')}@example.com"
    mapped = campus.call("immersio.integration.mapCourse", {"workshopId": made["id"], "immersioCourseId": course})
    assert mapped["courseName"] == "Business English Level 2"

    assert _refusal(campus.book(made["slug"], ren, in_days(3))) == (403, "WHITELIST_DENIED")
    _at_immersio(campus, "_enrol", courseId=course, email=ren, name="Ren")
    assert campus.book(made["slug"], ren, in_days(3)).status_code == 201
    _at_immersio(campus, "_unenrol", courseId=course, email=ren)
    assert _refusal(campus.book(made["slug"], ren, in_days(10))) == (403, "WHITELIST_DENIED")


def test_courses_are_synced_by_one_at_a_time(campus: Campus) -> None:
    """INV-31: what Immersio did not tell of is found, and the history says how it went."""
    assert eventually(lambda: RUNNING not in _syncs(campus).values()), "the one of the schedule"
    course = own("course_")
    _at_immersio(campus, "_course", courseId=course, orgId="org_language_academy", name="Untold", silent=True)
    with failing(_immersio(campus), path="/courses", delaySeconds=2, times=1):
        begun = campus.call("immersio.integration.syncCourses", {"fullSync": True})
        assert begun["status"] == RUNNING
        second = campus.ask("immersio.integration.syncCourses", {})
        assert (second.status_code, _code(second)) == (409, "SYNC_IN_PROGRESS")
        assert eventually(lambda: _syncs(campus)[begun["syncId"]] != RUNNING)
    (log,) = (log for log in _logs(campus) if log["id"] == begun["syncId"])
    assert (log["status"], log["recordsFailed"], log["errorDetails"]) == (COMPLETED, 0, None)
    assert log["completedAt"] > log["startedAt"]
    assert log["recordsProcessed"] >= len(_courses_at_immersio(campus)) > 0


def test_somebody_signs_in_by_immersio(campus: Campus) -> None:
    """There and back as a browser goes; the cookie that is set is a session."""
    browser, api = requests.Session(), f"{campus.stack.url}/api"
    asked = {"tenantSlug": "language-academy", "redirectUrl": "/welcome"}
    left = browser.get(f"{api}/v1/oauth/immersio/login", params=asked, allow_redirects=False, timeout=60)
    assert left.status_code == 302
    page = requests.get(left.headers["location"], timeout=60).text
    assert "Sofia Lindqvist" in page
    chosen = requests.post(left.headers["location"], data={"person": "student_456"}, allow_redirects=False, timeout=60)
    back = urlsplit(chosen.headers["location"])
    assert (back.hostname, back.path) == ("language-academy.localhost", "/welcome")

    sent = {**dict(parse_qsl(back.query)), "redirectUrl": "/welcome"}
    signed_on = browser.post(f"{api}/v1/oauth/immersio/callback", json=sent, timeout=60)
    assert signed_on.status_code == 200, signed_on.text
    me = browser.get(f"{api}/trpc/viewer.me.get", timeout=60).json()["result"]["data"]["json"]
    assert (me["email"], me["id"]) == ("sofia@example.com", signed_on.json()["user"]["id"])
    again = requests.post(f"{api}/v1/oauth/immersio/callback", json=sent, timeout=60)
    assert (again.status_code, again.json()["code"]) == (401, "INVALID_TOKEN")


class Club:
    """A school of this test's own, whose secret may be changed, and who is told of it."""

    def __init__(self, stack: LocalStack, address: str, sink: Sink) -> None:
        slug = ids.new("club").replace("_", "-")
        owner = {"name": "Kei", "email": f"kei@{slug}.example", "username": "kei"}
        request = {
            "name": "Club",
            "slug": slug,
            "plan": "growth",
            "time_zone": "UTC",
            "owner": owner,
            "webhook_url": address,
        }
        with inside(stack.description["environment"]):
            created = function(CREATE)({**request, "immersio_org_id": f"org_{slug}"}, Context())
        self._owner, self._sink = created["users"][0], sink
        self.secret: str = created["webhook_secret"]
        self.cookie = schools.cookie(self._owner, stack.description["secrets"]["nextAuth"])

    def workshop(self, campus: Campus) -> None:
        """An event: one more is received when this is done."""
        before = len(self._sink.received)
        sent = {"title": own("Chess "), "duration": 60, "price": 0, "seats": 2, "teacherId": self._owner["id"]}
        campus.call("immersio.workshop.create", {**sent, "locations": [{"type": "zoom"}]}, by=self.cookie)
        assert eventually(lambda: len(self._sink.received) > before)

    def received(self, number: int) -> list[Received]:
        assert len(self._sink.received) == number
        return self._sink.received


@pytest.fixture
def club(stack: LocalStack) -> Iterator[Club]:
    sink = Sink()
    receiver = Served(sink.application())
    yield Club(stack, f"{receiver.url}/immersio", sink)
    receiver.stop()


def _verifies(secret: str, received: Received) -> None:
    headers = {name.lower(): value for name, value in received.headers.items()}
    Webhook(secret).verify(received.body, headers)
    Svix(secret).verify(received.body, headers)


def _deliveries(campus: Campus, **sent: Any) -> list[dict[str, Any]]:
    page = campus.call("immersio.webhook.listDeliveries", {"limit": 100, **sent}, kind="query")
    return list(page["deliveries"])


def _newest(campus: Campus, event: str) -> list[dict[str, Any]]:
    return [one for one in _deliveries(campus, status="pending") if one["event"] == event][:1]


def _tried(found: list[dict[str, Any]], times: int) -> dict[str, Any] | None:
    return next((one for one in found if len(one["history"]) == times), None)


def _delivery(campus: Campus, webhook_id: str) -> dict[str, Any]:
    (found,) = (one for one in _deliveries(campus) if one["webhookId"] == webhook_id)
    return found


def _received_ids(campus: Campus, words: str) -> list[str]:
    return [one["headers"]["webhook-id"] for one in campus.received(words)]


def _immersio(campus: Campus) -> str:
    return str(campus.stack.description["sandboxes"]["immersio"])


def _at_immersio(campus: Campus, door: str, **what: Any) -> None:
    """Something happens there; what is told of it is taken in at once."""
    answer = requests.post(f"{_immersio(campus)}/{door}", json=what, timeout=60)
    assert answer.ok, answer.text


def _courses_at_immersio(campus: Campus) -> list[str]:
    held = requests.get(f"{_immersio(campus)}/_state", timeout=60).json()["organizations"]
    return [course["courseId"] for one in held if one["id"] == "org_language_academy" for course in one["courses"]]


def _logs(campus: Campus) -> list[dict[str, Any]]:
    return list(campus.call("immersio.integration.getSyncHistory", {}, kind="query")["logs"])


def _syncs(campus: Campus) -> dict[int, str]:
    return {log["id"]: log["status"] for log in _logs(campus)}


def _refusal(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def _code(answer: requests.Response) -> str:
    return str(answer.json()["error"]["json"]["data"]["appCode"])
