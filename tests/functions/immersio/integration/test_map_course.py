"""immersio.integration.mapCourse, and how workshops follow a course that they name themselves."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from immersio.access.model import Role
from immersio.course import duties, rosters, worker
from immersio.course.duties import RosterPull
from immersio.integration import client
from immersio.integration.service import connected
from immersio.workshop.following import MOST_FOLLOWERS
from kernel import clock
from kernel.errors import ImmersioUnavailable
from tests.support import workshops
from tests.support.courses import (
    ask_to_map,
    do_duties,
    followed,
    happens,
    listed,
    map_course,
    roster,
    student,
)
from tests.support.immersio import COURSE, OTHER_COURSE, Immersio, connect
from tests.support.lists import hooked, meanwhile
from tests.support.schools import Schools, error

SOFIA, JOHN, AMARA = "sofia@example.com", "john@example.com", "amara@example.com"
GERMAN = "course_abc124"


def test_whoever_is_enrolled_may_book_at_once(schools: Schools) -> None:
    connect(schools)
    made = workshops.create(schools, whitelistEnabled=True)
    told = map_course(schools, made["id"])
    assert isinstance(told.pop("mappingId"), int)
    assert told == {"courseName": "Business English Level 2", "studentCount": 2, "whitelistUpdated": True}
    assert listed(schools, made["id"]) == [JOHN, SOFIA]
    shown = workshops.get(schools, made["id"])
    assert (shown["immersioCourseId"], shown["syncStudentsFromImmersio"]) == (COURSE, True)


def test_the_same_mapping_keeps_its_number_and_reads_the_roster_again(schools: Schools, immersio: Immersio) -> None:
    connect(schools)
    made = workshops.create(schools)["id"]
    first = map_course(schools, made)
    immersio.quietly("/_enrol", **student())
    immersio.quietly("/_unenrol", courseId=COURSE, email=SOFIA)
    immersio.quietly("/_student", studentId="student_457", email="johnny@example.com")
    again = map_course(schools, made)
    assert again["mappingId"] == first["mappingId"]
    assert listed(schools, made) == ["johnny@example.com", "student_001@example.com"]
    assert map_course(schools, made, GERMAN)["mappingId"] != first["mappingId"]


def test_without_its_students_a_course_is_only_noted(schools: Schools) -> None:
    connect(schools)
    made = workshops.create(schools)["id"]
    assert map_course(schools, made, syncStudents=False)["whitelistUpdated"] is False
    happens("student.enrolled", student())
    assert listed(schools, made) == []
    assert workshops.get(schools, made)["immersioCourseId"] == COURSE


@pytest.mark.parametrize("course_id", ["course_unknown", OTHER_COURSE])
def test_a_course_that_is_not_theirs_is_not_there(schools: Schools, course_id: str) -> None:
    """INV-23"""
    connect(schools)
    connect(schools, schools.studio)
    made = workshops.create(schools)["id"]
    before = schools.rows()
    reply = ask_to_map(schools, made, course_id)
    assert (reply.status, error(reply)["appCode"]) == (404, "NOT_FOUND")
    assert schools.rows() == before


def test_a_school_that_is_not_connected_is_told_how_to(schools: Schools) -> None:
    made = workshops.create(schools)["id"]
    reply = ask_to_map(schools, made)
    assert (reply.status, error(reply)["appCode"]) == (400, "IMMERSIO_NOT_CONNECTED")


def test_another_schools_workshop_is_not_there(schools: Schools) -> None:
    """INV-23"""
    made, cookie = workshops.create(schools)["id"], schools.studio.cookie(Role.OWNER)
    sent = [{"workshopId": one, "immersioCourseId": COURSE} for one in (made, 1)]
    others, missing = (schools.call("immersio.integration.mapCourse", cookie, sent=one) for one in sent)
    assert (missing.status, error(missing)["appCode"]) == (404, "WORKSHOP_NOT_FOUND")
    assert others == missing


def test_a_teacher_maps_their_own_workshops_only(schools: Schools) -> None:
    """INV-24"""
    connect(schools)
    own = workshops.create(schools)["id"]
    anothers = workshops.create(schools, teacherId=workshops.teacher_id(schools, Role.OWNER))["id"]
    assert ask_to_map(schools, own, role=Role.MEMBER).status == 200
    assert ask_to_map(schools, anothers, role=Role.MEMBER).status == 403


def test_while_immersio_does_not_answer_nothing_is_mapped(schools: Schools, immersio: Immersio) -> None:
    connect(schools)
    made = workshops.create(schools)["id"]
    immersio.fail(path=f"/v1/courses/{COURSE}", status=503, times=20)
    before = schools.rows()
    reply = ask_to_map(schools, made)
    assert (reply.status, error(reply)["appCode"]) == (503, "IMMERSIO_UNAVAILABLE")
    assert schools.rows() == before


def test_a_roster_that_cannot_be_read_now_is_read_later(schools: Schools, immersio: Immersio) -> None:
    connect(schools)
    made = workshops.create(schools)["id"]
    immersio.fail(path=f"/v1/courses/{COURSE}/students", status=503, times=20)
    assert map_course(schools, made)["whitelistUpdated"] is False
    immersio.mend()
    assert set(do_duties(schools)) == {"roster"}
    assert listed(schools, made) == [JOHN, SOFIA]


def test_whom_the_former_course_listed_goes_and_whom_somebody_listed_stays(schools: Schools) -> None:
    made = followed(schools, whitelistEmails=["grace@example.com"])
    map_course(schools, made, GERMAN)
    do_duties(schools)
    assert listed(schools, made) == [AMARA, "grace@example.com"]
    workshops.update(schools, made, immersioCourseId=None)
    do_duties(schools)
    assert listed(schools, made) == ["grace@example.com"]


def test_a_workshop_that_is_brought_back_has_lost_who_left_meanwhile(schools: Schools) -> None:
    made = followed(schools)
    workshops.ask(schools, "archive", {"id": made})
    gone = {"courseId": COURSE, "studentId": "student_456"}
    happens("student.unenrolled", gone, clock.now() + timedelta(seconds=2))
    assert listed(schools, made) == [JOHN, SOFIA]
    workshops.update(schools, made, status="active")
    for message in schools.messages(duties.TIDY):
        worker.DUTIES[message.kind](message)
    assert listed(schools, made) == [JOHN]


def test_a_course_that_comes_back_while_its_students_are_taken_off_keeps_them(schools: Schools) -> None:
    """The tidying of a mapping that was undone took off whom the roster had just listed."""
    made = followed(schools)
    map_course(schools, made, GERMAN)
    (tidying,) = schools.messages(duties.TIDY)
    with meanwhile(lambda: map_course(schools, made)):
        worker.DUTIES[tidying.kind](tidying)
    assert listed(schools, made) == [JOHN, SOFIA]


def test_a_workshop_that_is_brought_back_has_who_moved_meanwhile_at_the_new_address_only(schools: Schools) -> None:
    """Somebody may be on the list twice then, and both entries may have to go."""
    made = followed(schools)
    soon = clock.now() + timedelta(seconds=2)
    for address in ("first@example.com", "second@example.com"):
        workshops.ask(schools, "archive", {"id": made})
        happens("student.updated", {"studentId": "student_456", "courseId": COURSE, "email": address}, soon)
        workshops.update(schools, made, status="active")
        soon += timedelta(seconds=2)
        happens("student.enrolled", {"studentId": "student_456", "courseId": COURSE, "email": address}, soon)
    assert listed(schools, made) == ["first@example.com", JOHN, "second@example.com", SOFIA]
    worker.DUTIES[duties.TIDY](schools.messages(duties.TIDY)[0])
    assert listed(schools, made) == [JOHN, "second@example.com"]


def brought_back(schools: Schools, made: int, *told: dict[str, Any]) -> None:
    """Archived; then those leave; then it is active again, and its list is to be tidied."""
    workshops.ask(schools, "archive", {"id": made})
    for each in told:
        happens("student.unenrolled", each, clock.now() + timedelta(seconds=2))
    workshops.update(schools, made, status="active")


def test_who_enrols_again_while_the_list_is_tidied_stays(schools: Schools) -> None:
    made = followed(schools)
    sofia = {"courseId": COURSE, "studentId": "student_456", "email": SOFIA}
    brought_back(schools, made, sofia)
    with meanwhile(lambda: happens("student.enrolled", sofia, clock.now() + timedelta(seconds=4))):
        worker.DUTIES[duties.TIDY](schools.messages(duties.TIDY)[0])
    assert listed(schools, made) == [JOHN, SOFIA]


def test_of_two_with_one_address_tidying_leaves_the_entry_for_who_is_enrolled(schools: Schools) -> None:
    made = followed(schools)
    one, other = student(1, "family@example.com"), student(2, "family@example.com")
    happens("student.enrolled", one)
    happens("student.enrolled", other)
    brought_back(schools, made, other)
    worker.DUTIES[duties.TIDY](schools.messages(duties.TIDY)[0])
    assert listed(schools, made) == ["family@example.com", JOHN, SOFIA]


def test_tidying_a_long_list_asks_for_many_enrolments_at_once(schools: Schools) -> None:
    """One by one, the list of a large course was not done within the time of a worker, and never ended."""
    made = followed(schools)
    for number in range(6):
        happens("student.enrolled", student(number))
    workshops.ask(schools, "archive", {"id": made})
    workshops.update(schools, made, status="active")
    (tidying,) = schools.messages(duties.TIDY)
    asked: list[int] = []
    with hooked("before-call.dynamodb", lambda **_: asked.append(1)):
        worker.DUTIES[tidying.kind](tidying)
    assert len(asked) < 8
    assert len(listed(schools, made)) == 8


@pytest.mark.parametrize("later", [False, True])
def test_a_workshop_that_names_a_course_itself_gets_its_students(schools: Schools, later: bool) -> None:
    connect(schools)
    names: dict[str, Any] = {"immersioCourseId": COURSE, "syncStudentsFromImmersio": True}
    made = workshops.create(schools, **({} if later else names))["id"]
    if later:
        workshops.update(schools, made, **names)
    assert do_duties(schools) == ["roster"]
    assert listed(schools, made) == [JOHN, SOFIA]


@pytest.mark.parametrize("is_connected", [False, True])
def test_a_course_that_nobody_knows_gives_no_students(schools: Schools, is_connected: bool) -> None:
    if is_connected:
        connect(schools)
    made = workshops.create(schools, immersioCourseId="course_unknown", syncStudentsFromImmersio=True)["id"]
    assert do_duties(schools) == ["roster"]
    assert listed(schools, made) == []


def test_more_workshops_than_an_event_can_reach_may_not_follow_a_course(schools: Schools) -> None:
    connect(schools)
    names: dict[str, Any] = {"immersioCourseId": COURSE, "syncStudentsFromImmersio": True}
    made = [workshops.create(schools, **names)["id"] for _ in range(MOST_FOLLOWERS)]
    unmapped = workshops.create(schools)["id"]
    for refused in (workshops.ask(schools, "create", workshops.wish(schools, **names)), ask_to_map(schools, unmapped)):
        assert (refused.status, error(refused)["appCode"]) == (409, "CONFLICT")
        assert error(refused)["details"] == {"limit": MOST_FOLLOWERS}
    read_roster(schools)
    happens("student.updated", {"studentId": "student_456", "email": "moved@example.com"})
    assert all(listed(schools, one) == [JOHN, "moved@example.com"] for one in made)
    happens("student.enrolled", student(1, JOHN))
    assert happens("student.updated", student(1)).status == 200, "an entry changes hands, one is new: both are counted"
    assert all(listed(schools, one) == [JOHN, "moved@example.com", "student_001@example.com"] for one in made)


def test_a_long_roster_is_read_page_after_page_and_goes_on_where_it_stopped(
    schools: Schools, immersio: Immersio
) -> None:
    for number in range(130):
        immersio.quietly("/_enrol", **student(number))
    made = followed(schools)
    assert len(listed(schools, made)) == 132
    for number in range(0, 20, 2):
        immersio.quietly("/_unenrol", courseId=COURSE, studentId=f"student_{number:03}")
    integration = connected(schools.academy.tenant_id)
    with time_machine.travel(clock.now() + timedelta(seconds=5)):
        pull = rosters.advance(integration, RosterPull(course_id=COURSE), until=clock.now())
        assert (pull.is_done, pull.processed) == (False, 100)
        pull = rosters.advance(integration, pull, until=clock.now())
    assert (pull.processed, pull.failed, pull.is_done) == (122, 0, True)
    assert len(listed(schools, made)) == len(roster(schools)) == 122


def test_one_without_an_address_is_named_and_the_others_go_on(schools: Schools, immersio: Immersio) -> None:
    """INV-31"""
    immersio.quietly("/_enrol", **student(1, "nobody at home"))
    made = followed(schools)
    pull = rosters.advance(connected(schools.academy.tenant_id), RosterPull(course_id=COURSE), until=clock.now())
    assert (pull.processed, pull.failed, pull.is_done) == (2, 1, True)
    assert pull.errors == ("student student_001: has no e-mail address we can use",)
    assert listed(schools, made) == [JOHN, SOFIA]


def test_a_reading_dies_at_any_call_and_the_next_one_brings_it_all(schools: Schools, immersio: Immersio) -> None:
    """INV-31"""
    made = followed(schools)
    integration = connected(schools.academy.tenant_id)
    immersio.quietly("/_enrol", **student())
    immersio.quietly("/_unenrol", courseId=COURSE, email=SOFIA)

    class Died(Exception):
        pass

    calls = 0
    for crash_at in range(40):
        left = [crash_at]

        def die(left: list[int] = left, **_: Any) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise Died

        try:
            with hooked("before-call.dynamodb", die):
                rosters.advance(integration, RosterPull(course_id=COURSE), until=clock.now())
        except Died:
            calls += 1
        else:
            break
    assert calls > 5
    assert listed(schools, made) == [JOHN, "student_001@example.com"]


def test_an_event_that_comes_while_a_page_is_taken_over_is_not_lost(schools: Schools, immersio: Immersio) -> None:
    """INV-30: what is newer than the page holds, whichever is written first."""
    made = followed(schools)
    immersio.quietly("/_enrol", **student())
    done: list[int] = []
    soon = clock.now() + timedelta(seconds=20)

    def leave(**_: Any) -> None:
        if not done:
            done.append(1)
            happens("student.unenrolled", student(), soon)

    with hooked("before-call.dynamodb.TransactWriteItems", leave):
        rosters.advance(connected(schools.academy.tenant_id), RosterPull(course_id=COURSE), until=clock.now())
    assert listed(schools, made) == [JOHN, SOFIA]


def test_an_empty_list_takes_nobody_off_while_the_course_counts_somebody(schools: Schools, immersio: Immersio) -> None:
    """An answer that has lost its students is no course that everybody has left."""
    made = followed(schools)
    integration = connected(schools.academy.tenant_id)
    _told_on_rosters(immersio, [])
    with pytest.raises(ImmersioUnavailable, match="fewer students than its course has"):
        rosters.advance(integration, RosterPull(course_id=COURSE), until=clock.now())
    assert listed(schools, made) == [JOHN, SOFIA]


@pytest.mark.parametrize("named", [{"courseId": COURSE, "studentId": "student_456"}, {"studentId": None}, {}])
def test_whoever_cannot_be_read_is_not_gone(schools: Schools, immersio: Immersio, named: dict[str, Any]) -> None:
    """And where it cannot be read who that is, nobody is."""
    made = followed(schools)
    john = {"studentId": "student_457", "email": JOHN}
    _told_on_rosters(immersio, [{**named, "name": 7}, john])
    integration = connected(schools.academy.tenant_id)
    pull = rosters.advance(integration, RosterPull(course_id=COURSE), until=clock.now())
    assert (pull.processed, pull.failed, pull.is_done) == (1, 1, True)
    assert listed(schools, made) == [JOHN, SOFIA]


def test_a_roster_that_is_not_there_takes_nobody_off(schools: Schools, immersio: Immersio) -> None:
    """It may be the key that does not open it; of a course that is gone, its event and the next full sync tell."""
    made = followed(schools)
    immersio.quietly("/_course", courseId=COURSE, status="deleted")
    integration = connected(schools.academy.tenant_id)
    pull = rosters.advance(integration, RosterPull(course_id=COURSE), until=clock.now())
    assert (pull.processed, pull.failed, pull.is_done) == (0, 1, True)
    assert "nobody was taken off" in pull.errors[0]
    assert listed(schools, made) == [JOHN, SOFIA]


def test_when_everybody_has_left_nobody_is_on_the_list(schools: Schools, immersio: Immersio) -> None:
    made = followed(schools)
    for email in (JOHN, SOFIA):
        immersio.quietly("/_unenrol", courseId=COURSE, email=email)
    rosters.advance(connected(schools.academy.tenant_id), RosterPull(course_id=COURSE), until=clock.now())
    assert listed(schools, made) == []


def test_who_is_on_another_page_is_not_gone_whatever_their_id(
    schools: Schools, immersio: Immersio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `#` is escaped in the table, and so stands elsewhere there than in Immersio's list."""
    monkeypatch.setattr(client, "PAGE", 3)
    for student_id in ("student_#", "student_$"):
        immersio.quietly("/_enrol", courseId=COURSE, studentId=student_id, email=f"s{ord(student_id[-1])}@example.com")
    made = followed(schools)
    for _ in range(2):
        map_course(schools, made)
        assert listed(schools, made) == [JOHN, "s35@example.com", "s36@example.com", SOFIA]


def _told_on_rosters(immersio: Immersio, students: list[dict[str, Any]]) -> None:
    """Immersio answers with these on rosters, and with the truth otherwise."""
    immersio.fail(path="/students", body={"students": students, "hasMore": False}, times=100)


def read_roster(schools: Schools) -> None:
    """Once, though it is owed for each workshop."""
    message = schools.messages(duties.ROSTER)[0]
    worker.DUTIES[message.kind](message)
