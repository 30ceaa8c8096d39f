"""Courses as a sync finds them, beside what we know of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from immersio.course.model import Course, CourseStatus, KnownCourse
from immersio.sync import store
from immersio.sync.model import Failure

AT_ONCE = 45
"""So many share a commit: two actions each, and the sync's own."""


@dataclass(frozen=True)
class Kept:
    actions: Sequence[store.Action]
    created: int = 0
    updated: int = 0
    failures: Sequence[Failure] = ()


def keep(tenant_id: int, told: Sequence[Course], as_of: datetime) -> Kept:
    """What to write so that these are known. It fails if an event tells of one of them meanwhile."""
    known = store.load_courses(tenant_id, [course.id for course in told])
    actions = list[store.Action]()
    created = updated = 0
    for course in told:
        before = known.get(course.id)
        if before is None and course.status is CourseStatus.DELETED:
            continue
        if before and before.as_of > as_of:
            continue  # an event knows better
        after = _known(tenant_id, course, before, as_of)
        actions += store.kept_course(before, after)
        created += before is None
        updated += before is not None and _differs(before, after)
    return Kept(actions, created, updated)


def end(gone: KnownCourse, as_of: datetime) -> Kept:
    """It is there no more: all who are on a list because of it go."""
    after = gone.model_copy(update={"status": CourseStatus.DELETED, "as_of": as_of})
    return Kept(store.kept_course(gone, after), updated=1)


def ids_after(tenant_id: int, after: str | None, limit: int) -> list[str]:
    return [course.id for course in store.courses_after(tenant_id, after, limit)]


def _known(tenant_id: int, course: Course, before: KnownCourse | None, as_of: datetime) -> KnownCourse:
    return KnownCourse(
        tenant_id=tenant_id,
        id=course.id,
        name=course.name,
        description=course.description,
        status=course.status,
        as_of=as_of,
        roster_as_of=before.roster_as_of if before else None,
    )


def _differs(before: KnownCourse, after: KnownCourse) -> bool:
    return before.model_dump(exclude={"as_of"}) != after.model_dump(exclude={"as_of"})
