"""Immersio's sandbox tells of what happens in it as Immersio does, and signs people on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
import time_machine

from kernel import signatures
from local.sandboxes import immersio
from local.sandboxes.immersio_sign_on import AUDIENCE, ISSUER
from tests.support.immersio import ACADEMY, COURSE, KEYS, OTHER_COURSE, STUDIO, Immersio
from tests.support.local_stack import eventually
from tests.support.sink import Served, Sink

SECRET = "what Immersio's webhooks are signed with"
SIGN_ON_SECRET = "a secret that is long enough for HS256"
THEN = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def sandbox(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> Iterator[Immersio]:
    """It tells the sink."""
    receiver = Served(sink.application())
    app = immersio.create_app(
        webhook_secret=SECRET,
        webhook_url=f"{receiver.url}/in",
        sign_on_secret=SIGN_ON_SECRET,
        pauses=(0.01, 0.01, 0.01),
    )
    served = Served(app)
    monkeypatch.setenv("IMMERSIO_BASE_URL", served.url)
    yield Immersio()
    served.stop()
    receiver.stop()


def asked(sandbox: Immersio, path: str, key: str = KEYS[ACADEMY], **query: str) -> requests.Response:
    return requests.get(
        f"{sandbox.url}/v1/{path}", headers={"Authorization": f"Bearer {key}"}, params=query, timeout=60
    )


def test_an_event_is_signed_as_our_own_receiver_verifies_it(sandbox: Immersio, sink: Sink) -> None:
    told = sandbox.enrol(COURSE, "ada@example.com", name="Ada")
    (received,) = sink.received
    signatures.verify(SECRET, {name.lower(): value for name, value in received.headers.items()}, received.body)
    assert received.json == {
        "event": "student.enrolled",
        "data": {**told.data, "courseId": COURSE, "email": "ada@example.com", "name": "Ada"},
        "timestamp": told.data["enrolledAt"],
        "webhookId": told.webhook_id,
    }
    assert told.data.keys() == {"courseId", "studentId", "email", "name", "enrolledAt"}


def test_each_change_is_told_in_its_own_words(sandbox: Immersio, sink: Sink) -> None:
    sandbox.course("course_new", orgId=ACADEMY, name="New")
    sandbox.course("course_new", description="Better")
    sandbox.student("student_456", email="sofia@new.example")
    sandbox.unenrol(COURSE, email="SOFIA@new.example")
    sandbox.course("course_new", status="deleted")
    assert [(each.json["event"], sorted(each.json["data"])) for each in sink.received] == [
        ("course.created", ["courseId", "description", "name", "orgId", "status"]),
        ("course.updated", ["courseId", "description", "name", "status"]),
        ("student.updated", ["email", "name", "studentId"]),
        ("student.unenrolled", ["courseId", "email", "name", "studentId"]),
        ("course.deleted", ["courseId"]),
    ]
    assert asked(sandbox, "courses/course_new").status_code == 404
    assert [each["studentId"] for each in asked(sandbox, f"courses/{COURSE}/students").json()["students"]] == [
        "student_457"
    ]


def test_what_happens_silently_is_told_to_nobody(sandbox: Immersio, sink: Sink) -> None:
    sandbox.quietly("/_enrol", courseId=COURSE, email="ada@example.com")
    assert sink.received == []
    assert asked(sandbox, f"courses/{COURSE}").json()["studentCount"] == 3


def test_an_event_that_is_not_taken_is_sent_again_under_the_same_id(sandbox: Immersio, sink: Sink) -> None:
    sink.answers = [500, 503]
    told = sandbox.enrol(COURSE, "ada@example.com")
    answers = eventually(lambda: answers_of(sandbox, told.webhook_id, 3))
    assert [each["status"] for each in answers] == [500, 503, 200]
    assert {each.body for each in sink.received} == {told.body.encode()}
    sandbox.control("/_deliver", webhookIds=[told.webhook_id])
    assert [each.json["webhookId"] for each in sink.received] == [told.webhook_id] * 4


def test_a_key_opens_its_own_organisation_and_nothing_of_another(sandbox: Immersio) -> None:
    assert asked(sandbox, f"organizations/{ACADEMY}").json()["courseCount"] == 3
    for path in (f"organizations/{STUDIO}", f"organizations/{STUDIO}/courses", f"courses/{OTHER_COURSE}"):
        assert asked(sandbox, path).status_code == 404
    assert asked(sandbox, f"organizations/{ACADEMY}", "imk_nobody").status_code == 401
    assert requests.get(f"{sandbox.url}/v1/organizations/{ACADEMY}", timeout=60).status_code == 401


def test_only_what_changed_is_listed_since_a_time_and_deleted_courses_too(sandbox: Immersio) -> None:
    later = datetime.now(UTC) + timedelta(days=30)
    with time_machine.travel(later, tick=False):
        sandbox.course(COURSE, status="deleted")
        listed = asked(sandbox, f"organizations/{ACADEMY}/courses", updatedSince=later.isoformat()).json()
        assert [(each["courseId"], each["status"]) for each in listed["courses"]] == [(COURSE, "deleted")]
    assert COURSE not in asked(sandbox, f"organizations/{ACADEMY}/courses").text


def test_beyond_the_limit_it_says_when_to_come_again(sandbox: Immersio) -> None:
    sandbox.limit(1)
    with time_machine.travel(THEN + timedelta(seconds=20), tick=False) as clock:
        answers = [asked(sandbox, f"courses/{COURSE}") for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 429]
        assert answers[1].headers["Retry-After"] == "40"
        assert asked(sandbox, f"courses/{OTHER_COURSE}", KEYS[STUDIO]).status_code == 200
        clock.shift(40)
        assert asked(sandbox, f"courses/{COURSE}").status_code == 200


def test_a_token_verifies_with_the_published_keys_also_after_they_were_rotated(sandbox: Immersio) -> None:
    before = sandbox.token(orgId=ACADEMY, email="ada@example.com", name="Ada")
    sandbox.rotate_keys()
    after = sandbox.token(orgId=ACADEMY, email="ada@example.com", name="Ada", role="teacher")
    assert [verified(sandbox, token)["role"] for token in (before, after)] == ["student", "teacher"]
    sandbox.rotate_keys(keep=False)
    with pytest.raises(jwt.PyJWKClientError):
        verified(sandbox, after)


def test_a_token_may_say_anything(sandbox: Immersio) -> None:
    odd = sandbox.token(orgId=ACADEMY, email="a@example.com", name="A", iss="other", jti=None, headers={"kid": "key-9"})
    claims = jwt.decode(odd, options={"verify_signature": False})
    assert (claims["iss"], "jti" in claims, jwt.get_unverified_header(odd)["kid"]) == ("other", False, "key-9")
    shared = sandbox.token(orgId=ACADEMY, email="a@example.com", name="A", alg="HS256")
    assert jwt.decode(shared, SIGN_ON_SECRET, ["HS256"], audience=AUDIENCE)["iss"] == ISSUER
    unsigned = sandbox.token(orgId=ACADEMY, email="a@example.com", name="A", alg="none")
    assert unsigned.endswith(".")


def test_whoever_signs_in_comes_back_with_a_token_and_the_state(sandbox: Immersio) -> None:
    query = {"org": ACADEMY, "state": "s&t", "redirect_uri": "https://school.example/in?next=%2Fa"}
    page = requests.get(f"{sandbox.url}/oauth/authorize", params=query, timeout=60)
    assert "Sofia Lindqvist" in page.text
    assert "Noor Haddad" not in page.text
    answer = requests.post(page.url, data={"person": "student_456"}, allow_redirects=False, timeout=60)
    back = urlsplit(answer.headers["Location"])
    sent = parse_qs(back.query)
    assert (back.netloc, back.path, sent["next"], sent["state"]) == ("school.example", "/in", ["/a"], ["s&t"])
    claims = verified(sandbox, sent["token"][0])
    assert (claims["sub"], claims["email"], claims["orgId"]) == ("student_456", "sofia@example.com", ACADEMY)


@pytest.mark.parametrize("query", [{"org": "org_nobody"}, {"redirect_uri": "javascript:alert(1)"}], ids=str)
def test_nobody_is_sent_where_there_is_nothing(sandbox: Immersio, query: dict[str, str]) -> None:
    asked_for = {"org": ACADEMY, "redirect_uri": "https://school.example/", **query}
    answer = requests.get(f"{sandbox.url}/oauth/authorize", params=asked_for, timeout=60)
    assert answer.status_code in {400, 404}


def verified(sandbox: Immersio, token: str) -> dict[str, Any]:
    key = jwt.PyJWKClient(f"{sandbox.url}/.well-known/jwks.json").get_signing_key_from_jwt(token)
    claims: dict[str, Any] = jwt.decode(token, key, ["RS256"], audience=AUDIENCE, issuer=ISSUER)
    return claims


def answers_of(sandbox: Immersio, webhook_id: str, how_many: int) -> list[dict[str, Any]]:
    """What the receiver said to an event, once it was sent so often."""
    events = requests.get(f"{sandbox.url}/_events", timeout=60).json()["events"]
    (answers,) = (each["answers"] for each in events if each["webhookId"] == webhook_id)
    return answers if len(answers) == how_many else []
