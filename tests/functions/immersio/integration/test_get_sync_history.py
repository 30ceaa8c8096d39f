"""immersio.integration.getSyncHistory"""

from datetime import timedelta

import pytest
import time_machine

from immersio.access.model import Role
from immersio.sync import store
from immersio.sync.model import Failure, Status, Sync
from kernel import clock, ids
from tests.support.immersio import connect
from tests.support.schools import School, Schools, error
from tests.support.syncs import history, sync


def kept(school: School, **fields: object) -> Sync:
    """One that is in the table."""
    usual = {"tenant_id": school.tenant_id, "id": ids.new_number(), "is_full": True, "started_at": clock.now()}
    made = Sync.model_validate({**usual, **fields})
    store.commit(store.new_sync(made))
    return made


def test_a_sync_is_told_as_specified(schools: Schools, now: time_machine.Traveller) -> None:
    connect(schools)
    now.move_to(clock.now(), tick=False)
    done = sync(schools)
    assert history(schools) == [
        {
            "id": done.id,
            "syncType": "all",
            "direction": "pull",
            "status": "completed",
            "recordsProcessed": 3,
            "recordsFailed": 0,
            "startedAt": clock.now(),
            "completedAt": clock.now(),
            "errorDetails": None,
        }
    ]


def test_the_newest_come_first_and_not_more_than_asked_for(schools: Schools, now: time_machine.Traveller) -> None:
    made = list[int]()
    for _ in range(25):
        now.shift(timedelta(hours=1))
        made.append(kept(schools.academy).id)
    assert [log["id"] for log in history(schools)] == made[:4:-1]
    assert [log["id"] for log in history(schools, limit=3)] == made[:-4:-1]


@pytest.mark.parametrize("limit", [0, 101, 2.5])
def test_a_limit_that_is_none_is_refused(schools: Schools, limit: float) -> None:
    cookie = schools.academy.cookie(Role.OWNER)
    reply = schools.call("immersio.integration.getSyncHistory", cookie, sent={"limit": limit})
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")


def test_those_of_one_kind_can_be_asked_for(schools: Schools, now: time_machine.Traveller) -> None:
    kinds = ["all", "students", "all", "courses", "students", "all"]
    made = dict[int, str]()
    for kind in kinds:
        now.shift(timedelta(minutes=1))
        made[kept(schools.academy, sync_type=kind).id] = kind
    students = [each for each, kind in made.items() if kind == "students"]
    assert [log["id"] for log in history(schools, syncType="students")] == students[::-1]
    assert [log["id"] for log in history(schools, syncType="students", limit=1)] == students[:0:-1]


def test_another_schools_are_not_among_them(schools: Schools) -> None:
    """INV-23"""
    kept(schools.academy)
    assert history(schools, schools.studio) == []


def test_what_could_not_be_read_is_told(schools: Schools) -> None:
    """INV-31: a hundred of them by name, and how many there were."""
    failures = [Failure(course_id=f"course_{each}", error="x" * 1000) for each in range(120)]
    usual = Sync(tenant_id=schools.academy.tenant_id, id=1, is_full=True, started_at=clock.now())
    store.commit(store.new_sync(usual.with_errors(*failures, more=3).ended(clock.now(), "Immersio refuses the key")))
    (log,) = history(schools)
    assert (log["recordsFailed"], log["status"], log["errorDetails"]["message"]) == (
        123,
        Status.FAILED,
        "Immersio refuses the key",
    )
    told = log["errorDetails"]["errors"]
    assert [each["courseId"] for each in told] == [f"course_{each}" for each in range(100)]
    assert {len(each["error"]) for each in told} == {300}
