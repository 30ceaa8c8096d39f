"""Immersio's API: what it tells, and what becomes of everything that is not its own."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from math import ceil
from typing import Any

import pytest
from flask import Flask, Response, request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from immersio.course.model import CourseStatus
from immersio.integration import client, transport
from immersio.integration.client import KeyRefused
from immersio.integration.model import Integration
from kernel import clock
from kernel.errors import ImmersioUnavailable
from local.sandboxes.immersio import Course, Organization, Student
from local.servers import WebServer
from tests.support.immersio import QUICK, serve

KEY = "imk_GARISH_RUG"
SCHOOL = Integration(
    id=1,
    tenant_id=2,
    org_id="org_school",
    org_name="School",
    api_key=KEY,
    connected_at=datetime(2026, 11, 1, tzinfo=UTC),
)
THEN = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
COURSE = {"courseId": "c1", "name": "Course", "status": "active", "studentCount": 1}
NOT_THEIRS: dict[str, Any] = {
    "a redirect": Response("", 301, {"Location": "https://example.com/"}),
    "nothing": Response("", 204),
    "a mistake of ours": Response("", 400),
    "a web page": Response("<html>Welcome to our new API</html>"),
    "null": Response("null"),
    "a list": Response("[]"),
    "no text": Response(b"\xff\xfe\xfd{}"),
    "lists in lists without end": Response("[" * 100_000),
    "an empty object": {},
    "an object for a list": {"courses": {}, "hasMore": False},
    "no word of the next page": {"courses": [COURSE]},
    "a strange word of the next page": {"courses": [COURSE], "hasMore": "no"},
    "more after nothing": {"courses": [], "hasMore": True},
    "more after nothing that can be read": {"courses": [{"courseId": ""}], "hasMore": True},
    "one course twice": {"courses": [COURSE, COURSE], "hasMore": False},
    "another order": {"courses": [{**COURSE, "courseId": "c2"}, COURSE], "hasMore": False},
    "too much": {"courses": [{**COURSE, "name": "x" * transport.LARGEST_ANSWER}], "hasMore": False},
}
ids = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="/\\"), min_size=1, max_size=12)


@dataclass
class Partner:
    """Answers whatever a test says, and remembers what it was asked."""

    answers: list[Callable[[], Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def says(self, *answers: Any) -> None:
        """One after the other: a document, or a response; the last one from then on."""
        self.answers = [_answer(each) for each in answers]

    def application(self) -> Flask:
        app = Flask("partner")

        @app.get("/<path:_>")
        def answer(_: str) -> Any:
            self.asked.append(request.full_path)
            return (self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])()

        return app


@pytest.fixture(autouse=True)
def in_a_tenth_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "local")
    monkeypatch.setattr(transport, "PATIENCE", QUICK)


@pytest.fixture
def partner(monkeypatch: pytest.MonkeyPatch) -> Iterator[Partner]:
    partner = Partner()
    served = WebServer(partner.application())
    monkeypatch.setenv("IMMERSIO_BASE_URL", served.url)
    yield partner
    served.stop()


@contextmanager
def sandbox(school: Organization) -> Iterator[None]:
    served = serve([school])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IMMERSIO_BASE_URL", served.url)
        yield
    served.stop()


def read_all(page: Callable[[str | None], client.Page[Any]]) -> list[Any]:
    first = page(None)
    items = list(first.items)
    while first.has_more:
        first = page(first.last_id)
        items += first.items
    return items


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.sets(ids, max_size=12), size=st.integers(1, 4))
def test_page_by_page_everything_is_read_once_whatever_the_ids(names: set[str], size: int) -> None:
    """An id is no path and no query, and is never taken for one."""
    school = Organization("org_school", "School", KEY)
    people = [Student(name, f"{number}@example.com", name) for number, name in enumerate(names)]
    for name in names:
        school.add(Course(name, name), *people)
    with sandbox(school), pytest.MonkeyPatch.context() as patch:
        patch.setattr(client, "PAGE", size)
        assert [each.id for each in read_all(lambda after: client.courses(SCHOOL, after=after))] == sorted(names)
        for name in names - {".", ".."}:
            found = client.course(SCHOOL, name)
            assert found
            assert (found.id, found.student_count) == (name, len(names))
            everybody = read_all(lambda after, name=name: roster(name, after))  # type: ignore[misc]
            assert [each.id for each in everybody] == sorted(names)


def test_a_page_holds_a_hundred(partner: Partner) -> None:
    partner.says({"courses": [], "hasMore": False})
    client.courses(SCHOOL, after="c&7", since=THEN)
    assert partner.asked == [
        "/v1/organizations/org_school/courses?limit=100&after=c%267&updatedSince=2026-11-20T09%3A30%3A00.000Z"
    ]


def test_an_answer_is_true_as_of_immersios_own_clock(partner: Partner) -> None:
    """INV-30: ours may go wrong, and what is compared with it are its own events."""
    partner.says(dated({"courses": [COURSE], "hasMore": False}, format_datetime(THEN, usegmt=True)))
    asked_at = time.monotonic()
    as_of = client.courses(SCHOOL).as_of
    assert THEN - _whole_seconds_since(asked_at) <= as_of <= THEN - timedelta(seconds=1), "when it was read, at latest"


def test_what_took_a_while_to_tell_is_older_than_the_answer(partner: Partner) -> None:
    """INV-30: what happened after it was read, and before it was told, must not be overwritten."""
    partner.says(dated({"students": [], "hasMore": False}, format_datetime(THEN, usegmt=True), seconds=1.1))
    asked_at = time.monotonic()
    as_of = roster("c1").as_of
    assert THEN - _whole_seconds_since(asked_at) <= as_of <= THEN - timedelta(seconds=2)


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_without_a_date_an_answer_is_as_old_as_the_question(partner: Partner, date: str) -> None:
    """INV-30"""
    heard_at = []

    def answer() -> Response:
        heard_at.append(clock.now())
        return dated({"students": [], "hasMore": False}, date, seconds=0.2)()

    partner.says(answer)
    before = clock.now()
    assert before <= roster("c1").as_of <= heard_at[0]


def test_what_is_not_there_is_none(partner: Partner) -> None:
    partner.says(Response("{}", 404))
    assert client.course(SCHOOL, "c1") is None
    assert client.students(SCHOOL, "c1") is None
    for question in (lambda: client.courses(SCHOOL), lambda: client.organization("org_school", KEY)):
        with pytest.raises(KeyRefused, match="no such organisation"):
            question()


def test_a_course_that_is_told_to_be_deleted_is_not_there_but_is_listed_as_a_change(partner: Partner) -> None:
    deleted = {**COURSE, "status": "deleted"}
    partner.says(deleted, {"courses": [deleted], "hasMore": False})
    assert client.course(SCHOOL, "c1") is None
    assert [each.status for each in client.courses(SCHOOL, since=THEN).items] == [CourseStatus.DELETED]


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_the_schools_to_mend_and_is_not_tried_again(
    partner: Partner, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """INV-26"""
    partner.says(Response(f"what is this {KEY}?", status))
    with pytest.raises(KeyRefused) as refusal:
        client.courses(SCHOOL)
    assert refusal.value.code == "IMMERSIO_NOT_CONNECTED"
    assert KEY not in str(refusal.value) + caplog.text
    assert len(partner.asked) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_failure_that_may_pass_is_tried_again(partner: Partner, status: int) -> None:
    partner.says(Response("", status), Response("", status), COURSE)
    assert client.course(SCHOOL, "c1")


def test_after_three_failures_immersio_is_left_alone(partner: Partner) -> None:
    partner.says(Response("", 500))
    with pytest.raises(ImmersioUnavailable, match="does not answer right now"):
        client.course(SCHOOL, "c1")
    assert len(partner.asked) == 3


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30),
        ("86400", 3600),
        (lambda: format_datetime(clock.now() + timedelta(seconds=60), usegmt=True), 60),
        (lambda: format_datetime(clock.now() - timedelta(days=1), usegmt=True), 0),
        ("soon", None),
    ],
    ids=["seconds", "too many", "a date", "a date that has passed", "neither"],
)
def test_immersio_may_say_when_to_ask_again(partner: Partner, header: Any, seconds: int | None) -> None:
    """It is not asked before; whoever waits longer than a request may is told for how long."""
    asked = header() if callable(header) else header
    partner.says(Response("", 429, {"Retry-After": asked}))
    with pytest.raises(ImmersioUnavailable) as failure:
        client.course(SCHOOL, "c1")
    told = failure.value.retry_after_seconds
    assert told is None if seconds is None else told is not None and abs(told - seconds) <= 1
    assert len(partner.asked) == (1 if seconds else 3)


@pytest.mark.parametrize("answer", NOT_THEIRS.values(), ids=NOT_THEIRS)
def test_an_answer_that_is_not_immersios_is_refused_and_not_asked_for_again(partner: Partner, answer: Any) -> None:
    partner.says(answer)
    with pytest.raises(ImmersioUnavailable):
        client.courses(SCHOOL)
    assert len(partner.asked) == 1


def test_what_stands_before_the_place_that_was_asked_for_is_no_page(partner: Partner) -> None:
    """Whoever compares a roster with ours would take the same people twice, and never end."""
    partner.says({"students": [{"studentId": "s1"}], "hasMore": True})
    with pytest.raises(ImmersioUnavailable, match="out of the order"):
        client.students(SCHOOL, "c1", after="s1")


@pytest.mark.parametrize("told", [{"courseId": "c1", "status": "active"}, {**COURSE, "courseId": "c2"}, {"name": "x"}])
def test_another_thing_than_was_asked_for_is_refused(partner: Partner, told: dict[str, Any]) -> None:
    partner.says(told)
    with pytest.raises(ImmersioUnavailable):
        client.course(SCHOOL, "c3")
    with pytest.raises(ImmersioUnavailable):
        client.organization("org_school", KEY)


def test_what_cannot_be_read_is_named_and_the_rest_is_used(partner: Partner) -> None:
    strange = [{"courseId": "c0", "status": "paused"}, COURSE, {"courseId": "c 2", "status": "active"}, "c3", None]
    partner.says({"courses": strange, "hasMore": False})
    page = client.courses(SCHOOL)
    assert [each.id for each in page.items] == ["c1"]
    assert [each.id for each in page.unreadable] == ["c0", "c 2", "?", "?"]
    assert page.unreadable[0].error.startswith("status: ")


def test_who_cannot_be_read_is_named_by_their_own_id_whatever_else_is_told(partner: Partner) -> None:
    """Under the course's they would be taken for gone."""
    partner.says({"students": [{"courseId": "c1", "studentId": "s1", "name": 7}], "hasMore": False})
    assert [each.id for each in roster("c1").unreadable] == ["s1"]


def test_what_cannot_be_read_at_the_end_of_a_page_is_named_by_the_next_one_alone(partner: Partner) -> None:
    """It is counted once."""
    strange = [{"courseId": f"c{number}", "status": "paused"} for number in (0, 2)]
    partner.says({"courses": [strange[0], COURSE, strange[1]], "hasMore": True})
    assert [each.id for each in client.courses(SCHOOL).unreadable] == ["c0"]
    partner.says({"courses": [strange[1]], "hasMore": False})
    assert [each.id for each in client.courses(SCHOOL, after="c1").unreadable] == ["c2"]


def test_an_id_of_no_characters_at_all_can_be_written_down(partner: Partner) -> None:
    partner.says(Response('{"students": [{"studentId": "\\ud800"}], "hasMore": false}'))
    (one,) = roster("c1").unreadable
    assert one.id.isascii()


def test_what_would_fill_a_row_of_the_table_is_cut(partner: Partner) -> None:
    long = "x" * 500_000
    partner.says(
        {"courses": [{**COURSE, "name": long, "description": long}], "hasMore": False},
        {"students": [{"studentId": "s1", "email": long, "name": long}], "hasMore": False},
        {"id": "org_school", "name": long},
    )
    (course,), (student,) = client.courses(SCHOOL).items, roster("c1").items
    named = client.organization("org_school", KEY).name
    told = (course.name, course.description, student.email, student.name, named)
    assert [len(each) for each in told] == [2000] * 5


def test_names_and_addresses_may_be_missing_and_more_may_be_told(partner: Partner) -> None:
    partner.says(
        {"courses": [{"courseId": "c1", "name": None, "status": "archived", "colour": "red"}], "hasMore": False},
        {"students": [{"studentId": "s1", "email": None}], "hasMore": False, "total": 1},
    )
    (course,), (student,) = client.courses(SCHOOL).items, roster("c1").items
    assert (course.name, course.description, course.student_count) == ("c1", "", 0)
    assert (student.id, student.email, student.name) == ("s1", "", "")


@pytest.mark.parametrize("headers", [{}, {"Content-Length": "100"}], ids=["without a length", "with a length"])
def test_an_answer_that_drips_ends_with_the_time(
    partner: Partner, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    """Each piece comes within the limit for one; all of them would never end."""
    monkeypatch.setattr(transport, "PATIENCE", replace(QUICK, total_seconds=0.3, attempts=1))
    sent: list[int] = []
    partner.says(lambda: Response(_drip(sent), 200, headers))
    with pytest.raises(ImmersioUnavailable, match="does not answer right now"):
        client.course(SCHOOL, "c1")
    assert len(sent) < 100


def test_an_answer_that_breaks_off_is_asked_for_again(partner: Partner) -> None:
    partner.says(Response(iter(['{"courseId"']), 200, {"Content-Length": "500"}), COURSE)
    assert client.course(SCHOOL, "c1")


def test_nobody_listening_is_an_immersio_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMMERSIO_BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(ImmersioUnavailable):
        client.course(SCHOOL, "c1")


def test_the_key_goes_to_immersio_alone(
    partner: Partner, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """INV-26: no proxy of the environment gets it, and no .netrc puts another in its place."""
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    sent = []

    def answer() -> Any:
        sent.append(request.headers["Authorization"])
        return COURSE

    partner.says(answer)
    client.course(SCHOOL, "c1")
    assert sent == [f"Bearer {KEY}"]


def roster(course_id: str, after: str | None = None) -> client.Page[Any]:
    page = client.students(SCHOOL, course_id, after=after)
    assert page
    return page


def dated(document: dict[str, Any], date: str, seconds: float = 0) -> Callable[[], Response]:
    """An answer that says when it is from."""

    def answer() -> Response:
        time.sleep(seconds)
        response = Response(json.dumps(document))
        response.headers["Date"] = date
        return response

    return answer


def _whole_seconds_since(start: float) -> timedelta:
    return timedelta(seconds=ceil(time.monotonic() - start))


def _answer(said: Any) -> Callable[[], Any]:
    return said if callable(said) and not isinstance(said, Response) else lambda: said


def _drip(sent: list[int]) -> Iterator[bytes]:
    for number in range(100):
        time.sleep(0.02)
        sent.append(number)
        yield b" "
