"""immersio.integration.syncCourses"""

from datetime import timedelta

import pytest
import time_machine

from immersio.access.model import Role
from kernel import clock
from tests.support.immersio import connect
from tests.support.lists import meanwhile
from tests.support.schools import Schools, error, result
from tests.support.syncs import ask, history, lock, start, stored, work

pytestmark = pytest.mark.usefixtures("connected")


@pytest.fixture
def connected(now: time_machine.Traveller, schools: Schools) -> None:
    connect(schools)


def test_it_answers_at_once_and_works_later(schools: Schools) -> None:
    told = result(ask(schools, fullSync=True))
    sync_id = told.pop("syncId")
    nothing = {"coursesFound": 0, "coursesUpdated": 0, "coursesCreated": 0, "errors": []}
    assert told == {"status": "started", **nothing}
    work(schools)
    assert (stored(schools, sync_id).status, stored(schools, sync_id).courses_created) == ("completed", 3)


def test_a_school_that_is_not_connected_is_told_so(schools: Schools) -> None:
    before = schools.rows()
    reply = ask(schools, school=schools.studio)
    assert (reply.status, error(reply)["appCode"]) == (400, "IMMERSIO_NOT_CONNECTED")
    assert schools.rows() == before


def test_a_second_one_waits_for_the_first(schools: Schools) -> None:
    """INV-31"""
    running = start(schools)
    before = schools.rows()
    reply = ask(schools, Role.ADMIN)
    assert (reply.status, error(reply)["appCode"], error(reply)["details"]) == (
        409,
        "SYNC_IN_PROGRESS",
        {"syncId": running},
    )
    assert schools.rows() == before
    work(schools)
    assert ask(schools).status == 200


def test_of_two_that_begin_in_one_moment_only_one_does(schools: Schools) -> None:
    """INV-31"""
    begun = list[int]()
    with meanwhile(lambda: begun.append(start(schools))):
        reply = ask(schools)
    assert (reply.status, error(reply)["appCode"], error(reply)["details"]) == (
        409,
        "SYNC_IN_PROGRESS",
        {"syncId": begun[0]},
    )
    assert [log["id"] for log in history(schools)] == begun
    assert len(schools.messages("step")) == 1


def test_the_lock_of_one_that_crashed_expires(schools: Schools, now: time_machine.Traveller) -> None:
    """INV-31: who takes over says what became of it."""
    crashed = start(schools)
    now.move_to(clock.now(), tick=False)
    now.shift(timedelta(minutes=15) - timedelta(seconds=1))
    assert ask(schools).status == 409
    now.shift(timedelta(seconds=1))
    begun = start(schools)
    later, earlier = history(schools)
    assert [(log["id"], log["status"]) for log in (later, earlier)] == [(begun, "started"), (crashed, "failed")]
    assert earlier["completedAt"] == clock.now()
    assert "stopped in the middle" in earlier["errorDetails"]["message"]


def test_what_is_left_of_one_that_was_given_up_does_nothing(schools: Schools, now: time_machine.Traveller) -> None:
    """INV-31: its message comes late, and finds that the lock is another's."""
    crashed = start(schools)
    now.shift(timedelta(minutes=16))
    begun = start(schools)
    work(schools)
    assert (stored(schools, crashed).courses_found, stored(schools, begun).courses_found) == (0, 3)
    assert stored(schools, crashed).status == "failed"
    assert "sync_id" not in lock(schools)


def test_five_an_hour_for_all_of_a_school_together(schools: Schools, now: time_machine.Traveller) -> None:
    now.move_to("2026-12-01T08:00:00Z")
    for role in (Role.OWNER, Role.ADMIN, Role.OWNER, Role.ADMIN, Role.OWNER):
        assert ask(schools, role).status == 200
        work(schools)
    reply = ask(schools, Role.ADMIN)
    assert (reply.status, error(reply)["appCode"]) == (429, "RATE_LIMITED")
    connect(schools, schools.studio)
    assert ask(schools, school=schools.studio).status == 200
    now.move_to("2026-12-01T09:00:00Z")
    assert ask(schools, Role.ADMIN).status == 200


def test_only_who_runs_the_school_may_ask(schools: Schools) -> None:
    """INV-24"""
    assert ask(schools, Role.MEMBER).status == 403
    assert "step" not in {message.kind for message in schools.messages()}
