"""POST /api/v1/webhooks/immersio"""

import json
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from immersio.course import rosters, store, worker
from immersio.course.courses import take
from immersio.course.duties import RosterPull
from immersio.course.model import Course, CourseStatus
from immersio.integration.service import connected
from kernel import clock, keys, table
from kernel.errors import Conflict
from tests.support import courses, workshops
from tests.support.courses import (
    course,
    deliver,
    do_duties,
    followed,
    happens,
    headers_of,
    listed,
    receive,
    roster,
    send,
    student,
)
from tests.support.immersio import ACADEMY, COURSE, Immersio, connect
from tests.support.lists import hooked, meanwhile
from tests.support.schools import Schools, result

SOFIA, JOHN = "sofia@example.com", "john@example.com"
TAKEN_IN = {"success": True, "processed": True}


def test_who_enrols_may_book_and_who_leaves_may_not_any_more(schools: Schools, immersio: Immersio) -> None:
    workshop_id = followed(schools)
    assert listed(schools, workshop_id) == [JOHN, SOFIA]
    reply = deliver(immersio.enrol(COURSE, "ada@example.com", name="Ada Byron"))
    assert (reply.status, reply.json) == (200, TAKEN_IN)
    assert listed(schools, workshop_id) == ["ada@example.com", JOHN, SOFIA]
    deliver(immersio.unenrol(COURSE, email=SOFIA))
    assert listed(schools, workshop_id) == ["ada@example.com", JOHN]


def refused(body: bytes, headers: dict[str, str]) -> bool:
    reply = receive(body, headers)
    told = reply.json
    assert isinstance(told.pop("details")["rule"], str)
    return (reply.status, told) == (400, {"error": "Invalid signature", "code": "INVALID_SIGNATURE"})


@pytest.mark.parametrize("seconds", [-301, 301])
def test_what_is_not_signed_by_immersio_just_now_is_refused_and_nothing_is_written(
    schools: Schools, seconds: int
) -> None:
    """INV-30"""
    followed(schools)
    before = schools.rows()
    with time_machine.travel(clock.now(), tick=False):
        body = json.dumps(courses.event("student.enrolled", student())).encode()
        good = headers_of(body)
        assert refused(body, {})
        assert refused(body, {**good, "X-Webhook-Signature": ""})
        assert refused(body, {**good, "X-Webhook-Timestamp": "soon"})
        assert refused(body, {"X-Webhook-Signature": good["X-Webhook-Signature"]})
        assert refused(body, headers_of(body, secret="another secret"))
        assert refused(body, headers_of(body, clock.now() + timedelta(seconds=seconds)))
        assert schools.rows() == before
        assert receive(body, headers_of(body, clock.now() + timedelta(seconds=seconds // 301 * 300))).status == 200


def test_one_altered_byte_is_refused(schools: Schools) -> None:
    """INV-30"""
    followed(schools)
    before = schools.rows()
    body = json.dumps(courses.event("student.enrolled", student())).encode()
    headers = headers_of(body)
    for place in range(0, len(body), 7):
        assert refused(body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :], headers)
    assert schools.rows() == before


def test_the_signature_is_over_the_raw_bytes_whatever_way_they_come(schools: Schools) -> None:
    """INV-30: the spelling of JSON counts, base64 around it does not, nor `sha256=` in front."""
    workshop_id = followed(schools)
    told = courses.event("student.enrolled", {**student(), "name": "Zoë"})
    body = json.dumps(told, indent=3, ensure_ascii=False).encode()
    headers = headers_of(body)
    assert refused(json.dumps(told).encode(), headers)
    prefixed = {**headers, "X-Webhook-Signature": f"sha256={headers['X-Webhook-Signature']}"}
    assert receive(body, prefixed, as_base64=True).json == TAKEN_IN
    assert "student_001@example.com" in listed(schools, workshop_id)


def test_the_same_event_again_is_answered_in_the_same_way_and_changes_nothing(schools: Schools) -> None:
    """INV-30"""
    workshop_id = followed(schools)
    told = courses.event("student.enrolled", student())
    assert send(told).json == TAKEN_IN
    happens("student.unenrolled", student(), clock.now() + timedelta(seconds=1))
    before = schools.rows()
    later = {**told, "timestamp": clock.iso(clock.now() + timedelta(seconds=2))}
    assert [send(each).json for each in (told, later)] == [TAKEN_IN, TAKEN_IN]
    assert schools.rows() == before
    assert "student_001@example.com" not in listed(schools, workshop_id)


def test_an_event_of_a_type_that_nobody_knows_changes_nothing(schools: Schools) -> None:
    """INV-30"""
    followed(schools)
    before = schools.rows()
    reply = happens("student.promoted", student())
    assert (reply.status, reply.json) == (200, {"success": True, "processed": False})
    assert schools.rows() == before


def test_an_older_event_never_overwrites_what_is_newer(schools: Schools) -> None:
    """INV-30: neither another event nor the roster as it was read."""
    workshop_id = followed(schools)
    sofia = {"courseId": COURSE, "studentId": "student_456", "email": SOFIA, "name": "Sofia"}
    happens("student.unenrolled", sofia, courses.a_while_ago())
    happens("student.enrolled", student(2), courses.a_while_ago())
    happens("student.updated", {**sofia, "email": "old@example.com"}, courses.a_while_ago())
    assert listed(schools, workshop_id) == [JOHN, SOFIA]
    soon = clock.now() + timedelta(seconds=20)
    happens("student.unenrolled", student(), soon)
    happens("student.enrolled", student(), soon - timedelta(seconds=1))
    assert listed(schools, workshop_id) == [JOHN, SOFIA]
    happens("course.updated", {"courseId": COURSE, "name": "New"}, soon)
    happens("course.updated", {"courseId": COURSE, "name": "Old"}, soon - timedelta(seconds=1))
    assert course(schools).name == "New"


def test_an_event_that_is_far_ahead_does_not_make_all_that_follow_look_old(schools: Schools) -> None:
    """INV-30"""
    workshop_id = followed(schools)
    happens("student.enrolled", student(), clock.now() + timedelta(days=900))
    with time_machine.travel(clock.now() + timedelta(minutes=6)):
        happens("student.unenrolled", student())
        assert listed(schools, workshop_id) == [JOHN, SOFIA]


@pytest.mark.parametrize(
    "change",
    [
        {"timestamp": "yesterday"},
        {"webhookId": ""},
        {"webhookId": None},
        {"data": []},
        {"data": {"courseId": COURSE}},
        {"data": {"studentId": "student_1"}},
        {"data": {**student(), "courseId": "a course"}},
        {"data": {**student(), "email": 5}},
        {"event": 5},
    ],
)
def test_what_is_no_event_is_refused_with_the_field_that_is_wrong(schools: Schools, change: dict[str, Any]) -> None:
    followed(schools)
    before = schools.rows()
    reply = send(courses.event("student.enrolled", student()) | change)
    assert (reply.status, reply.json["code"]) == (400, "VALIDATION_ERROR")
    assert schools.rows() == before


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff"])
def test_what_is_no_json_object_is_refused(schools: Schools, body: bytes) -> None:
    reply = receive(body, headers_of(body), as_base64=True)
    assert (reply.status, reply.json["code"]) == (400, "VALIDATION_ERROR")


def test_fields_that_we_do_not_know_are_no_hindrance(schools: Schools) -> None:
    workshop_id = followed(schools)
    told = courses.event("student.enrolled", {**student(), "level": {"cefr": "B2"}}, apiVersion=7)
    assert send(told).json == TAKEN_IN
    assert "student_001@example.com" in listed(schools, workshop_id)


def test_an_event_about_nobodys_course_is_taken_in(schools: Schools) -> None:
    before = [row for row in schools.rows() if row["entity"] != "immersio_event"]
    assert happens("student.enrolled", student(course_id="course_of_nobody")).json == TAKEN_IN
    assert happens("course.deleted", {"courseId": "course_of_nobody"}).json == TAKEN_IN
    assert [row for row in schools.rows() if row["entity"] != "immersio_event"] == before


def test_a_new_course_is_known_by_its_organisation(schools: Schools, immersio: Immersio) -> None:
    connect(schools)
    deliver(immersio.course("course_new", orgId=ACADEMY, name="Spanish for Travellers"))
    assert course(schools, "course_new").name == "Spanish for Travellers"
    assert store.load_owner("course_new") == schools.academy.tenant_id


def test_a_course_is_renamed_and_archived_and_its_students_stay(schools: Schools, immersio: Immersio) -> None:
    workshop_id = followed(schools)
    deliver(immersio.course(COURSE, name="Business English Level 3", description="Harder"))
    deliver(immersio.course(COURSE, status="archived"))
    known = course(schools)
    assert (known.name, known.description) == ("Business English Level 3", "Harder")
    assert known.status is CourseStatus.ARCHIVED
    assert do_duties(schools) == ["roster"]
    assert listed(schools, workshop_id) == [JOHN, SOFIA]


def test_of_a_course_that_is_deleted_all_students_leave_the_lists(
    schools: Schools, immersio: Immersio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "PAGE", 25)
    for number in range(60):
        immersio.quietly("/_enrol", **student(number))
    workshop_id = followed(schools)
    assert len(listed(schools, workshop_id)) == 62
    deliver(immersio.course(COURSE, status="deleted"))
    assert course(schools).status is CourseStatus.DELETED
    do_duties(schools)
    assert listed(schools, workshop_id) == []
    assert roster(schools) == {}


def test_a_course_that_is_deleted_in_the_second_in_which_it_was_mapped_has_nobody_left(
    schools: Schools, immersio: Immersio
) -> None:
    """Its row said so, and its students stayed on the list."""
    with time_machine.travel(clock.now().replace(microsecond=0), tick=False):
        workshop_id = followed(schools)
        deliver(immersio.course(COURSE, status="deleted"))
        do_duties(schools)
    assert listed(schools, workshop_id) == []


def test_who_is_listed_by_hand_stays_whatever_becomes_of_the_enrolment(schools: Schools, immersio: Immersio) -> None:
    connect(schools)
    made = workshops.create(schools, whitelistEnabled=True, whitelistEmails=["Sofia@Example.com"])
    courses.map_course(schools, made["id"])
    deliver(immersio.unenrol(COURSE, email=SOFIA))
    deliver(immersio.unenrol(COURSE, email=JOHN))
    assert [one.casefold() for one in listed(schools, made["id"])] == [SOFIA]


def test_who_is_added_by_hand_stays_also_where_a_roster_had_listed_them(schools: Schools, immersio: Immersio) -> None:
    """The teacher was told that they are on the list, and it lost them all the same."""
    workshop_id = followed(schools)
    sent = {"workshopId": workshop_id, "mode": "add", "emails": [{"email": SOFIA.upper()}, {"email": "a@example.com"}]}
    told = result(workshops.ask(schools, "updateWhitelist", sent))
    assert (told["added"], told["duplicatesSkipped"], told["totalWhitelisted"]) == (1, 1, 3)
    deliver(immersio.unenrol(COURSE, email=SOFIA))
    deliver(immersio.unenrol(COURSE, email=JOHN))
    assert listed(schools, workshop_id) == ["a@example.com", SOFIA]


def test_who_leaves_while_they_are_added_by_hand_stays(schools: Schools, immersio: Immersio) -> None:
    workshop_id = followed(schools)
    sent = {"workshopId": workshop_id, "mode": "add", "emails": [{"email": SOFIA}]}
    with meanwhile(lambda: workshops.ask(schools, "updateWhitelist", sent)):
        deliver(immersio.unenrol(COURSE, email=SOFIA))
    assert listed(schools, workshop_id) == [JOHN, SOFIA]


def test_who_is_added_by_hand_while_they_leave_is_on_the_list(schools: Schools, immersio: Immersio) -> None:
    workshop_id = followed(schools)
    sent = {"workshopId": workshop_id, "mode": "add", "emails": [{"email": SOFIA}]}
    with meanwhile(lambda: deliver(immersio.unenrol(COURSE, email=SOFIA))):
        assert result(workshops.ask(schools, "updateWhitelist", sent))["added"] == 1
    assert listed(schools, workshop_id) == [JOHN, SOFIA]


@pytest.mark.parametrize("named", [COURSE, None])
def test_another_address_moves_the_entry(schools: Schools, named: str | None) -> None:
    """INV-31: also where the event names no course."""
    workshop_id = followed(schools)
    told = {"studentId": "student_456", "email": "Sofia.New@Example.com"}
    happens("student.updated", told | ({"courseId": named} if named else {}))
    assert [one.casefold() for one in listed(schools, workshop_id)] == [JOHN, "sofia.new@example.com"]


def test_of_two_students_with_one_address_the_entry_stays_for_the_other(schools: Schools) -> None:
    workshop_id = followed(schools)
    one, other = student(1, "family@example.com"), student(2, "FAMILY@example.com")
    for first, second in ((one, other), (other, one)):
        happens("student.enrolled", one)
        happens("student.enrolled", other)
        happens("student.unenrolled", first)
        assert len(listed(schools, workshop_id)) == 3
        happens("student.unenrolled", second)
        assert listed(schools, workshop_id) == [JOHN, SOFIA]


def test_who_has_no_usable_address_is_enrolled_and_on_no_list(schools: Schools) -> None:
    workshop_id = followed(schools)
    assert happens("student.enrolled", student(1, "nobody at home")).json == TAKEN_IN
    assert "student_001" in roster(schools)
    assert listed(schools, workshop_id) == [JOHN, SOFIA]


def test_every_workshop_that_follows_gets_it_in_one_commit(schools: Schools) -> None:
    """A workshop that is archived, or does not sync, does not."""
    following = [followed(schools) for _ in range(3)]
    archived, apart = followed(schools), workshops.create(schools, immersioCourseId=COURSE)["id"]
    workshops.ask(schools, "archive", {"id": archived})
    commits: list[int] = []
    with hooked("before-call.dynamodb.TransactWriteItems", lambda **_: commits.append(1)):
        happens("student.enrolled", student())
    assert commits == [1]
    assert all("student_001@example.com" in listed(schools, one) for one in following)
    assert not any("student_001@example.com" in listed(schools, one) for one in (archived, apart))


class Died(Exception):
    pass


def test_an_event_whose_commit_fails_has_not_been_taken_in(schools: Schools) -> None:
    """INV-30"""
    workshop_id = followed(schools)
    told = courses.event("student.enrolled", student())

    def die(**_: Any) -> None:
        raise Died

    with hooked("before-call.dynamodb.TransactWriteItems", die):
        assert send(told).status == 500
    assert listed(schools, workshop_id) == [JOHN, SOFIA]
    assert send(told).json == TAKEN_IN
    assert "student_001@example.com" in listed(schools, workshop_id)


def test_a_list_that_is_replaced_meanwhile_gets_it_too(schools: Schools) -> None:
    workshop_id = followed(schools)
    done: list[int] = []

    def replace(**_: Any) -> None:
        if not done:
            done.append(1)
            emails = [{"email": "grace@example.com"}]
            sent = {"workshopId": workshop_id, "mode": "replace", "emails": emails}
            assert workshops.ask(schools, "updateWhitelist", sent).status == 200

    with hooked("before-call.dynamodb.TransactWriteItems", replace):
        happens("student.enrolled", student())
    assert listed(schools, workshop_id) == ["grace@example.com", "student_001@example.com"]


def test_a_workshop_that_leaves_its_course_meanwhile_gets_nobody_of_it(schools: Schools) -> None:
    workshop_id = followed(schools)
    with meanwhile(lambda: workshops.update(schools, workshop_id, syncStudentsFromImmersio=False)):
        happens("student.enrolled", student())
    assert listed(schools, workshop_id) == [JOHN, SOFIA]


def test_a_roster_that_is_read_meanwhile_knows_better(schools: Schools) -> None:
    """INV-30: the event is older, and who enrolled by it is on the roster no more."""
    workshop_id = followed(schools)
    integration, earlier = connected(schools.academy.tenant_id), clock.now() + timedelta(seconds=1)
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=True):
        pull = RosterPull(course_id=COURSE, started_at=clock.now())
        with meanwhile(lambda: rosters.advance(integration, pull, until=clock.now())):
            happens("student.enrolled", student(), earlier)
    assert listed(schools, workshop_id) == [JOHN, SOFIA]


def test_a_name_from_before_the_roster_was_read_is_no_news(schools: Schools) -> None:
    """INV-30: they were called something else for a while, and are called as before again."""
    workshop_id = followed(schools)
    integration, earlier = connected(schools.academy.tenant_id), clock.now() + timedelta(seconds=1)
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=True):
        pull = RosterPull(course_id=COURSE, started_at=clock.now())
        rosters.advance(integration, pull, until=clock.now())
        happens("student.updated", {"studentId": "student_456", "email": "for-a-while@example.com"}, earlier)
    assert listed(schools, workshop_id) == [JOHN, SOFIA]


def test_who_enrols_while_they_are_renamed_is_on_the_list_under_the_new_address(schools: Schools) -> None:
    """INV-31: the event that renamed them did not find them in the course yet."""
    workshop_id = followed(schools)
    moved, later = {"studentId": "student_001", "email": "new@example.com"}, clock.now() + timedelta(seconds=5)
    with meanwhile(lambda: happens("student.updated", moved, later)):
        happens("student.enrolled", student())
    assert listed(schools, workshop_id) == [JOHN, "new@example.com", SOFIA]


def test_a_course_is_one_schools(schools: Schools) -> None:
    """INV-23: whoever comes later does not get the events about it."""
    followed(schools)
    with pytest.raises(Conflict):
        take(schools.studio.tenant_id, Course(id=COURSE, name="Ours"), clock.now())
    assert store.load_owner(COURSE) == schools.academy.tenant_id
    assert store.load_course(schools.studio.tenant_id, COURSE) is None


def test_each_school_has_five_hundred_events_a_minute_of_its_own(schools: Schools) -> None:
    """Specification, section 5."""
    followed(schools)
    with time_machine.travel(clock.now(), tick=False):
        window = keys.rate_window(f"immersio {schools.academy.tenant_id}", clock.epoch(clock.now()) // 60)
        table.write(table.Update(key=window, set={"used": 500}))
        assert happens("student.enrolled", student()).status == 429
        assert happens("student.enrolled", student(course_id="another")).status == 200


def story() -> list[dict[str, Any]]:
    """What may happen to two students and their course within a minute."""
    one, other = student(1), student(2, "student_001@example.com")
    renamed = {"studentId": "student_001", "email": "one@example.com", "name": "One"}
    return [
        {"event": "student.enrolled", "data": one},
        {"event": "student.updated", "data": renamed},
        {"event": "student.enrolled", "data": other},
        {"event": "student.unenrolled", "data": one},
        {"event": "student.enrolled", "data": {**one, "email": "again@example.com"}},
        {
            "event": "course.updated",
            "data": {"courseId": COURSE, "name": "Next", "description": "", "status": "active"},
        },
        {"event": "student.unenrolled", "data": other},
        {"event": "student.updated", "data": {**renamed, "courseId": COURSE, "email": "last@example.com"}},
        {"event": "course.deleted", "data": {"courseId": COURSE}},
        {"event": "student.enrolled", "data": other},
    ]


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_in_any_order_and_however_often_they_come_events_leave_the_same(schools: Schools, data: st.DataObject) -> None:
    """INV-30: roster, list and course are what the events say in the order of their own times."""
    number = data.draw(st.integers(0, 10**6))
    course_id = f"course_{number}_{len(schools.rows())}"
    length = data.draw(st.integers(2, len(story())))
    first = clock.now()
    texts = json.dumps(story()[:length]).replace(COURSE, course_id).replace("student_00", f"{course_id}_00")
    told = [
        courses.event(one["event"], one["data"], timestamp=clock.iso(first + timedelta(seconds=second)))
        for second, one in enumerate(json.loads(texts))
    ]
    arrivals = data.draw(st.permutations(told)) + data.draw(st.lists(st.sampled_from(told), max_size=4))
    ends = [_after(schools, f"{course_id}_{way}", way, each) for way, each in enumerate((told, arrivals))]
    assert ends[0] == ends[1]


def _after(schools: Schools, course_id: str, way: int, told: list[dict[str, Any]]) -> tuple[Any, ...]:
    """What there is in the end, in a course that is like the others but for its name."""
    if store.load_owner(COURSE) is None:
        followed(schools)
    known = {"courseId": course_id, "orgId": ACADEMY, "name": "First"}
    happens("course.created", known, clock.now() - timedelta(seconds=30))
    made = workshops.create(schools, immersioCourseId=course_id, syncStudentsFromImmersio=True)["id"]
    base = course_id.removesuffix(f"_{way}")
    for one in told:
        send(json.loads(json.dumps(one).replace(base, course_id).replace('"wh_', f'"{way}_')))
    for message in schools.messages("course_ended"):
        worker.DUTIES[message.kind](message)
    plain = [
        {key.replace(course_id, ""): value.replace(course_id, "") for key, value in roster(schools, course_id).items()},
        [one.replace(course_id, "") for one in listed(schools, made)],
    ]
    known_now = course(schools, course_id)
    is_gone = known_now.status is CourseStatus.DELETED  # what it was called before does not matter any more
    return (*plain, "" if is_gone else known_now.name, known_now.status)


def test_two_events_at_once_are_both_taken_in(schools: Schools) -> None:
    """INV-30: the one that is late looks again."""
    workshop_id = followed(schools)
    for one, other in permutations((1, 2)):
        done: list[int] = []

        def meanwhile(other: int = other, done: list[int] = done, **_: Any) -> None:
            if not done:
                done.append(1)
                happens("student.enrolled", student(other))

        with hooked("before-call.dynamodb.TransactWriteItems", meanwhile):
            happens("student.enrolled", student(one))
        assert len(listed(schools, workshop_id)) == 4
        for number in (one, other):
            happens("student.unenrolled", student(number))
