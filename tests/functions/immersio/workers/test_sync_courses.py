"""Queue immersio-sync: the steps of a sync"""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import time_machine

from immersio.course import store as courses
from immersio.course.model import KnownCourse
from immersio.integration import client
from immersio.integration.model import Integration
from immersio.sync import courses as kept
from immersio.sync import listing, missing, rosters
from immersio.sync.model import Sync
from kernel import clock, keys, outbox, settings, table
from tests.support.immersio import COURSE, OTHER_COURSE, Immersio, connect
from tests.support.lists import hooked
from tests.support.mortal import Life, living
from tests.support.schools import Schools
from tests.support.syncs import (
    add_courses,
    addresses,
    following,
    history,
    known,
    later,
    lock,
    names,
    start,
    stored,
    sync,
    work,
)

pytestmark = pytest.mark.usefixtures("now", "connected")

WRITE = "before-call.dynamodb.TransactWriteItems"
DEMO = {"course_abc123", "course_abc124", "course_abc125"}


@pytest.fixture
def connected(now: time_machine.Traveller, schools: Schools) -> None:
    """A good while after all that Immersio has was made."""
    connect(schools)
    now.shift(timedelta(hours=1))


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three each, so that few courses are many pages."""
    monkeypatch.setattr(client, "PAGE", 3)
    monkeypatch.setattr(kept, "AT_ONCE", 2)
    for phase, rows in ((listing, "STRIDE"), (missing, "ROWS"), (rosters, "ROWS")):
        monkeypatch.setattr(phase, rows, 3)


def counts(done: Sync) -> tuple[int, int, int]:
    return done.courses_found, done.courses_created, done.courses_updated


def test_all_courses_are_known_after_the_first(schools: Schools) -> None:
    done = sync(schools, full=False)
    assert (done.status, counts(done), done.failed) == ("completed", (3, 3, 0), 0)
    assert names(schools) == {
        "course_abc123": "Business English Level 2",
        "course_abc124": "German for Beginners",
        "course_abc125": "IELTS Preparation",
    }
    assert known(schools)["course_abc125"].status == "archived"
    assert courses.load_owner(COURSE) == schools.academy.tenant_id
    assert "sync_id" not in lock(schools)


@pytest.mark.usefixtures("small_pages")
def test_many_pages_are_each_read_once(schools: Schools, immersio: Immersio) -> None:
    added = add_courses(immersio, 10)
    done = sync(schools)
    assert counts(done) == (13, 13, 0)
    assert names(schools).keys() == {*added, *DEMO}


def test_a_second_one_changes_nothing(schools: Schools, now: time_machine.Traveller) -> None:
    sync(schools)
    before = names(schools)
    now.shift(timedelta(minutes=5))
    assert counts(sync(schools)) == (3, 0, 0)
    assert names(schools) == before


def test_an_incremental_one_asks_for_what_has_changed(
    schools: Schools, immersio: Immersio, now: time_machine.Traveller
) -> None:
    sync(schools)
    now.shift(timedelta(hours=1))
    immersio.quietly("/_course", courseId=COURSE, name="Business English Level 3")
    (added,) = add_courses(immersio, 1)
    assert counts(sync(schools, full=False)) == (2, 1, 1)
    assert names(schools)[COURSE] == "Business English Level 3"
    assert added in names(schools)
    now.shift(timedelta(hours=1))
    sync(schools, full=False)
    assert counts(sync(schools, full=False)) == (0, 0, 0)


def test_after_one_that_missed_a_page_the_next_asks_for_more(
    schools: Schools, immersio: Immersio, now: time_machine.Traveller
) -> None:
    """INV-31: what was on that page has changed since the last one that read all."""
    sync(schools)
    now.shift(timedelta(hours=1))
    immersio.quietly("/_course", courseId=COURSE, name="Renamed")
    immersio.fail(path="/courses", times=9)
    missed = start(schools, full=False)
    for _ in range(3):
        work(schools)
        later(schools, now, 3)
    assert (stored(schools, missed).status, stored(schools, missed).failed) == ("completed", 1)
    now.shift(timedelta(hours=1))
    assert counts(sync(schools, full=False)) == (1, 0, 1)


@pytest.mark.parametrize("full", [True, False])
def test_a_course_that_is_gone_is_gone_here_and_its_students_too(
    schools: Schools, immersio: Immersio, now: time_machine.Traveller, full: bool
) -> None:
    workshop = following(schools, COURSE)
    sync(schools)
    assert addresses(schools, workshop) == {"sofia@example.com", "john@example.com"}
    now.shift(timedelta(hours=1))
    immersio.quietly("/_course", courseId=COURSE, status="deleted")
    done = sync(schools, full=full)
    work(schools)
    assert counts(done) == ((2, 0, 1) if full else (1, 0, 1))
    assert names(schools).keys() == DEMO - {COURSE}
    assert addresses(schools, workshop) == set()


def test_a_key_that_may_read_no_courses_any_more_takes_nobody_off(
    schools: Schools, immersio: Immersio, now: time_machine.Traveller
) -> None:
    """Its list is empty, and each course that is asked for is not there."""
    workshop = following(schools, COURSE)
    sync(schools)
    now.shift(timedelta(hours=1))
    immersio.fail(path=f"{schools.academy.org_id}/courses", body={"courses": [], "hasMore": False}, times=100)
    immersio.fail(path="/v1/courses/", status=404, times=100)
    sync_id = start(schools)
    for _ in range(4):
        work(schools)
        later(schools, now, 3)
    assert addresses(schools, workshop) == {"sofia@example.com", "john@example.com"}
    assert names(schools).keys() == DEMO
    assert "counts some" in stored(schools, sync_id).errors[0].error


def test_a_school_that_has_no_courses_any_more_has_none_here(
    schools: Schools, immersio: Immersio, now: time_machine.Traveller
) -> None:
    sync(schools)
    now.shift(timedelta(hours=1))
    for course_id in DEMO:
        immersio.quietly("/_course", courseId=course_id, status="deleted")
    assert counts(sync(schools)) == (0, 0, 3)
    assert names(schools) == {}


def test_a_course_that_came_and_went_unseen_is_none_here(
    schools: Schools, immersio: Immersio, now: time_machine.Traveller
) -> None:
    sync(schools)
    now.shift(timedelta(hours=1))
    (gone,) = add_courses(immersio, 1)
    immersio.quietly("/_course", courseId=gone, status="deleted")
    assert counts(sync(schools, full=False)) == (1, 0, 0)
    assert known(schools).keys() == DEMO


def test_the_roster_of_an_archived_course_is_left_as_it_is(
    schools: Schools, immersio: Immersio, now: time_machine.Traveller
) -> None:
    workshop = following(schools, COURSE)
    sync(schools)
    now.shift(timedelta(hours=1))
    immersio.quietly("/_course", courseId=COURSE, status="archived")
    immersio.quietly("/_unenrol", courseId=COURSE, email="john@example.com")
    assert sync(schools).students == 0
    assert addresses(schools, workshop) == {"sofia@example.com", "john@example.com"}


def test_rosters_that_a_workshop_follows_are_on_its_list(schools: Schools, immersio: Immersio) -> None:
    immersio.quietly("/_enrol", courseId="course_abc124", email="not an address", name="Nobody", studentId="student_x")
    workshop, other = following(schools, COURSE), following(schools, "course_abc124")
    done = sync(schools)
    assert addresses(schools, workshop) == {"sofia@example.com", "john@example.com"}
    assert addresses(schools, other) == {"amara@example.com"}
    assert (done.students, done.failed) == (3, 1)
    (failure,) = done.errors
    assert failure.course_id == "course_abc124"
    assert "student_x" in failure.error


def test_who_left_and_who_came_while_no_event_arrived(
    schools: Schools, immersio: Immersio, now: time_machine.Traveller
) -> None:
    workshop = following(schools, COURSE)
    sync(schools)
    now.shift(timedelta(minutes=5))
    immersio.quietly("/_unenrol", courseId=COURSE, email="john@example.com")
    immersio.quietly("/_enrol", courseId=COURSE, email="grace@example.com")
    sync(schools, full=False)
    assert addresses(schools, workshop) == {"sofia@example.com", "grace@example.com"}


def test_a_changed_address_moves_the_entry(schools: Schools, immersio: Immersio, now: time_machine.Traveller) -> None:
    """INV-31"""
    workshop = following(schools, COURSE)
    sync(schools)
    now.shift(timedelta(minutes=5))
    immersio.quietly("/_student", studentId="student_456", email="sofia.new@example.com")
    sync(schools, full=False)
    assert addresses(schools, workshop) == {"sofia.new@example.com", "john@example.com"}


def test_an_event_that_is_newer_is_not_overwritten(schools: Schools, now: time_machine.Traveller) -> None:
    """INV-30: the list was read before it."""
    sync(schools)
    newer = known(schools)[COURSE].model_copy(update={"name": "By event", "as_of": clock.now() + timedelta(hours=1)})
    courses.commit(*courses.saved_course(known(schools)[COURSE], newer))
    assert counts(sync(schools)) == (3, 0, 0)
    assert names(schools)[COURSE] == "By event"


def test_an_event_in_the_same_moment_is_not_overwritten(schools: Schools, now: time_machine.Traveller) -> None:
    """INV-30: the course changes between the look at it and the commit."""
    newer = clock.now() + timedelta(hours=1)
    told = list[bool]()

    def tell(**_: Any) -> None:
        if not told and COURSE not in known(schools) and stored(schools, sync_id).step == 1:
            told.append(True)
            course = KnownCourse(tenant_id=schools.academy.tenant_id, id=COURSE, name="By event", as_of=newer)
            courses.commit(*courses.saved_course(None, course))

    sync_id = start(schools)
    schools.route()
    with hooked(WRITE, _not_the_lease(tell)):
        work(schools)
    assert told
    assert counts(stored(schools, sync_id)) == (3, 2, 0)
    assert names(schools)[COURSE] == "By event"


def test_a_page_that_fails_is_tried_again_and_then_recorded_and_the_rest_goes_on(
    schools: Schools, immersio: Immersio, now: time_machine.Traveller
) -> None:
    """INV-31"""
    workshops = [following(schools, each) for each in (COURSE, "course_abc124")]
    work(schools)
    for course_id in (COURSE, "course_abc124"):
        immersio.quietly("/_enrol", courseId=course_id, email="grace@example.com")
    immersio.fail(path=f"/{COURSE}/students", times=9)
    sync_id = start(schools)
    work(schools)
    assert (stored(schools, sync_id).tries, history(schools)[0]["status"]) == (1, "started")
    later(schools, now, 1)
    assert stored(schools, sync_id).tries == 2
    later(schools, now, 3)
    later(schools, now, 3)
    done = stored(schools, sync_id)
    assert (done.status, done.failed, done.students) == ("completed", 1, 2)
    assert [failure.course_id for failure in done.errors] == [COURSE]
    assert "does not answer" in done.errors[0].error
    assert ["grace@example.com" in addresses(schools, each) for each in workshops] == [False, True]


def test_a_page_that_fails_twice_is_read_at_the_third_try(
    schools: Schools, immersio: Immersio, now: time_machine.Traveller
) -> None:
    """INV-31"""
    immersio.fail(path="/courses", times=6)
    sync_id = start(schools)
    work(schools)
    later(schools, now, 1)
    later(schools, now, 3)
    done = stored(schools, sync_id)
    assert (done.status, done.failed, counts(done)) == ("completed", 0, (3, 3, 0))


@pytest.mark.usefixtures("small_pages")
def test_behind_a_page_of_courses_that_fails_the_list_goes_on(
    schools: Schools, immersio: Immersio, now: time_machine.Traveller
) -> None:
    """INV-31: at the next course that we know; nothing is taken for gone because it was not read."""
    added = add_courses(immersio, 5)
    sync(schools)
    now.shift(timedelta(hours=1))
    for course_id in (*DEMO, *added):
        immersio.quietly("/_course", courseId=course_id, name="Renamed")
    sync_id = start(schools)
    immersio.fail(path="/courses", times=9)
    for _ in range(4):
        work(schools)
        later(schools, now, 3)
    done = stored(schools, sync_id)
    assert (done.status, done.failed, counts(done)) == ("completed", 1, (5, 0, 5))
    assert (done.errors[0].course_id, done.is_whole) == ("", False)
    assert names(schools).keys() == {*DEMO, *added}


def test_as_long_as_immersio_asks_for_it_is_left_in_peace(
    schools: Schools, immersio: Immersio, now: time_machine.Traveller
) -> None:
    now.move_to("2026-12-01T08:00:01Z", tick=False)
    immersio.limit(0)
    sync_id = start(schools)
    work(schools)
    (waiting,) = (message for message in schools.messages("step") if message.payload["step"] == 2)
    assert waiting.due_at >= clock.now() + timedelta(seconds=59)
    immersio.limit(None)
    now.shift(timedelta(seconds=58))
    work(schools)
    assert stored(schools, sync_id).courses_found == 0
    later(schools, now, 1)
    assert stored(schools, sync_id).status == "completed"


def test_the_lock_holds_while_it_waits(schools: Schools, immersio: Immersio, now: time_machine.Traveller) -> None:
    """INV-31: a quarter of an hour from its next step on."""
    immersio.fail(path="/courses", times=3)
    start(schools)
    now.shift(timedelta(minutes=14))
    work(schools)
    held = lock(schools)["until"]
    assert clock.iso(clock.now() + timedelta(minutes=15, seconds=8)) < held
    assert held < clock.iso(clock.now() + timedelta(minutes=15, seconds=13))


@pytest.mark.usefixtures("small_pages")
def test_immersio_that_is_not_there_ends_it(schools: Schools, immersio: Immersio, now: time_machine.Traveller) -> None:
    """INV-31"""
    add_courses(immersio, 15)
    sync(schools)
    now.shift(timedelta(hours=1))
    immersio.fail(times=10_000)
    sync_id = start(schools)
    for _ in range(20):
        work(schools)
        later(schools, now, 3)
    done = stored(schools, sync_id)
    assert (done.status, done.failed) == ("failed", 5)
    assert "5 pages in a row" in (done.reason or "")
    assert "sync_id" not in lock(schools)


def test_a_key_that_is_refused_ends_it_at_once(schools: Schools, immersio: Immersio) -> None:
    immersio.fail(path="/courses", status=401)
    done = sync(schools)
    assert (done.status, done.completed_at is not None) == ("failed", True)
    assert "API key" in (done.reason or "")
    assert "sync_id" not in lock(schools)
    assert schools.dead_letters("immersio-sync") == []


def test_a_connection_that_ended_meanwhile_ends_it(schools: Schools) -> None:
    sync_id = start(schools)
    table.write(table.Delete(key=keys.integration(schools.academy.tenant_id)))
    work(schools)
    assert stored(schools, sync_id).status == "failed"


def test_another_organisation_is_read_as_a_whole(schools: Schools, now: time_machine.Traveller) -> None:
    """What is known is not known of that one."""
    sync(schools)
    key = keys.integration(schools.academy.tenant_id)
    table.write(table.Update(key=key, set={"org_id": "org_music_studio", "api_key": "imk_music_studio"}))
    now.shift(timedelta(hours=1))
    done = sync(schools, full=False)
    assert (done.is_full, counts(done)) == (True, (1, 1, 3))
    assert names(schools).keys() == {OTHER_COURSE}


def test_a_course_that_is_another_schools_here_is_recorded(schools: Schools) -> None:
    """INV-23"""
    row = {**keys.immersio_course(COURSE)._asdict(), "entity": "immersio_course", "tenant_id": schools.studio.tenant_id}
    table.write(table.Put(item=row))
    done = sync(schools)
    assert (done.status, counts(done), done.failed) == ("completed", (3, 2, 0), 1)
    assert done.errors[0].course_id == COURSE
    assert names(schools).keys() == DEMO - {COURSE}


@pytest.mark.usefixtures("small_pages")
def test_each_step_is_short_and_leaves_the_rest_to_the_next(
    schools: Schools, immersio: Immersio, now: time_machine.Traveller
) -> None:
    add_courses(immersio, 12)
    sync_id = start(schools)
    with hooked(WRITE, lambda **_: now.shift(timedelta(seconds=4))):
        work(schools)
        for _ in range(20):
            later(schools, now, 1)
    done = stored(schools, sync_id)
    assert (done.status, counts(done)) == ("completed", (15, 15, 0))
    assert done.step > 3


def test_a_step_that_comes_twice_does_nothing(
    schools: Schools, immersio: Immersio, now: time_machine.Traveller
) -> None:
    """INV-31: nor does one that comes after the next."""
    immersio.fail(path="/courses", times=3)
    sync_id = start(schools)
    work(schools)
    (first, _) = schools.messages("step")
    before = stored(schools, sync_id)
    table.write(table.Update(key=first.key, set={"status": "pending"}, remove=("leased_until",)))
    outbox.route(first)
    work(schools)
    assert stored(schools, sync_id) == before
    later(schools, now, 1)
    assert counts(stored(schools, sync_id)) == (3, 3, 0)


def test_one_that_was_given_up_while_it_waited_for_immersio_writes_nothing_more(
    schools: Schools, now: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-31: the lock is another's by then, and what became of the first is known."""
    crashed, begun = start(schools), list[int]()
    asked = client.courses

    def slowly(*given: Any, **options: Any) -> Any:
        page = asked(*given, **options)
        if not begun:
            now.shift(timedelta(minutes=16))
            begun.append(start(schools))
        return page

    monkeypatch.setattr(client, "courses", slowly)
    work(schools)
    first, second = stored(schools, crashed), stored(schools, begun[0])
    assert (first.status, first.courses_found) == ("failed", 0)
    assert (second.status, counts(second)) == ("completed", (3, 3, 0))
    assert "sync_id" not in lock(schools)


def test_a_page_that_two_read_at_once_is_counted_once(schools: Schools, monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-31: whoever commits it later finds that the sync has gone on."""
    sync_id, quicker = start(schools), list[Sync]()
    asked = client.courses

    def while_another_does(integration: Integration, **options: Any) -> Any:
        page = asked(integration, **options)
        with monkeypatch.context() as patch:
            patch.setattr(client, "courses", asked)
            quicker.append(listing.read(integration, stored(schools, sync_id)))
        return page

    monkeypatch.setattr(client, "courses", while_another_does)
    work(schools)
    assert counts(quicker[0]) == (3, 3, 0)
    assert stored(schools, sync_id) == quicker[0]


@pytest.mark.parametrize("first", range(4))
def test_wherever_it_dies_it_goes_on_and_counts_all_once(
    schools: Schools, immersio: Immersio, now: time_machine.Traveller, first: int
) -> None:
    """INV-31: a death before each of its calls in turn; every fourth of them, so that nobody waits for one test."""
    workshop = following(schools, COURSE)
    sync(schools)
    for number in count(first, 4):
        now.shift(timedelta(hours=1))
        _change(immersio, number)
        sync_id = start(schools, full=False)
        schools.route()
        life = Life(ends_before=number)
        with living(life):
            schools.run_workers("immersio-sync")
        while stored(schools, sync_id).is_running:
            later(schools, now, 2)
        done = stored(schools, sync_id)
        assert (done.status, counts(done), done.students, done.failed) == ("completed", (2, 0, 2), 3, 0), number
        assert addresses(schools, workshop) == {"sofia@example.com", "john@example.com", f"fan{number}@example.com"}
        if not life.ended:
            break
        _forget(schools)
    assert number > 20


def _change(immersio: Immersio, number: int) -> None:
    """Two courses are called otherwise, and of a third one's roster somebody leaves and somebody comes."""
    for course_id in ("course_abc124", "course_abc125"):
        immersio.quietly("/_course", courseId=course_id, name=f"Name {number}")
    immersio.quietly("/_enrol", courseId=COURSE, email=f"fan{number}@example.com")
    if number >= 4:
        immersio.quietly("/_unenrol", courseId=COURSE, email=f"fan{number - 4}@example.com")


def _forget(schools: Schools) -> None:
    """What is behind us would only make each life slower than the last."""
    for message in schools.messages():
        table.write(table.Delete(key=message.key))
    outbox.sqs().purge_queue(QueueUrl=settings.queue_url("immersio-sync"))


def _not_the_lease(act: Callable[..., Any]) -> Callable[..., Any]:
    busy = list[bool]()

    def once(**given: Any) -> None:
        if not busy:
            busy.append(True)
            act(**given)
            busy.clear()

    return once
