"""Syncs of the academy: asked for through the real procedure, worked on by the real worker, read from the history."""

from datetime import timedelta
from typing import Any

import time_machine

from immersio.access.model import Role
from immersio.course import store as courses
from immersio.course.model import KnownCourse
from immersio.sync import store as syncs
from immersio.sync.duties import QUEUE
from immersio.sync.model import Sync
from immersio.whitelist import service as whitelists
from kernel import keys, table
from tests.support.immersio import ACADEMY, Immersio
from tests.support.schools import School, Schools, result
from tests.support.workshops import create
from tests.support.world import Reply


def ask(schools: Schools, role: Role = Role.OWNER, school: School | None = None, **sent: Any) -> Reply:
    school = school or schools.academy
    return schools.call("immersio.integration.syncCourses", school.cookie(role), sent=sent)


def start(schools: Schools, *, full: bool = True) -> int:
    """The id of a sync that has been begun."""
    return int(result(ask(schools, fullSync=full))["syncId"])


def sync(schools: Schools, *, full: bool = True) -> Sync:
    """One that ran to its end, if it could."""
    sync_id = start(schools, full=full)
    work(schools)
    return stored(schools, sync_id)


def work(schools: Schools) -> None:
    """What is due now."""
    schools.run_workers(QUEUE)


def later(schools: Schools, time: time_machine.Traveller, minutes: float) -> None:
    time.shift(timedelta(minutes=minutes))
    schools.sweep()
    work(schools)


def stored(schools: Schools, sync_id: int) -> Sync:
    found = syncs.load_sync(schools.academy.tenant_id, sync_id)
    assert found
    return found


def history(schools: Schools, school: School | None = None, **sent: Any) -> list[dict[str, Any]]:
    school = school or schools.academy
    reply = schools.call("immersio.integration.getSyncHistory", school.cookie(Role.OWNER), sent=sent)
    logs: list[dict[str, Any]] = result(reply)["logs"]
    return logs


def known(schools: Schools) -> dict[str, KnownCourse]:
    return {course.id: course for course in courses.load_courses(schools.academy.tenant_id)}


def names(schools: Schools) -> dict[str, str]:
    """What the courses are called that are there."""
    return {course.id: course.name for course in known(schools).values() if course.status != "deleted"}


def following(schools: Schools, course_id: str, **changes: Any) -> int:
    """A workshop whose whitelist follows a course."""
    sent = {"immersioCourseId": course_id, "syncStudentsFromImmersio": True, "whitelistEnabled": True}
    return int(create(schools, **{**sent, **changes})["id"])


def addresses(schools: Schools, workshop_id: int) -> set[str]:
    """Who is on a workshop's whitelist."""
    return {entry.email for entry in whitelists.listed(schools.academy.tenant_id, workshop_id)}


def add_courses(immersio: Immersio, number: int, first: int = 0) -> list[str]:
    """Further courses of the academy, of which nobody is told."""
    added = [f"course_m{each:04}" for each in range(first, first + number)]
    for course_id in added:
        immersio.quietly("/_course", courseId=course_id, orgId=ACADEMY, name=f"Course {course_id}")
    return added


def lock(schools: Schools) -> table.Item:
    return table.get(keys.running_sync(schools.academy.tenant_id)) or {}
