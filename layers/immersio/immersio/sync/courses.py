"""Courses as a sync finds them, beside what we know of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from immersio.course import courses
from immersio.course import store as known_courses
from immersio.course.model import Course, CourseStatus, KnownCourse
from immersio.sync import store

AT_ONCE = 45
"""So many share a commit: two actions each, and the sync's own."""


@dataclass(frozen=True)
class Kept:
    actions: Sequence[store.Action]
    created: int = 0
    updated: int = 0


def keep(tenant_id: int, told: Sequence[Course], at: datetime, *, is_full: bool) -> Kept:
    """What to write so that these are known. It fails if one of them changes meanwhile, or is another school's.

    In a full sync also what has not changed is known as of later: by that it is told from what was not listed.
    """
    known = store.load_courses(tenant_id, [course.id for course in told])
    actions = list[store.Action]()
    created = updated = 0
    for course in told:
        before = known.get(course.id)
        if before is None and course.status is CourseStatus.DELETED:
            continue
        after = courses.listed(tenant_id, before, course, at)
        if before is None:
            created += 1
        elif after != before:
            updated += 1
        elif is_full and before.as_of < at:
            after = before.model_copy(update={"as_of": at})
        if after != before:
            actions += courses.actions(before, after)
    return Kept(actions, created, updated)


def end(gone: KnownCourse, at: datetime) -> Kept:
    """It is there no more: all who are on a list because of it go."""
    return Kept(courses.actions(gone, courses.deleted(gone, at)), updated=1)


def of_others(tenant_id: int, told: Sequence[Course]) -> set[str]:
    """Those that another school has; it cannot be, unless an organisation went from one school to another."""
    return {course.id for course in told if known_courses.load_owner(course.id) not in {None, tenant_id}}


def ids_after(tenant_id: int, after: str | None, limit: int) -> list[str]:
    return [course.id for course in store.courses_after(tenant_id, after, limit)]
