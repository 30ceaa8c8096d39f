"""What is told of a course itself, by events and by Immersio's list, in whatever order."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from immersio.course import duties, store
from immersio.course.duties import RosterPull
from immersio.course.model import Course, CourseStatus, KnownCourse
from kernel import outbox
from kernel.errors import Conflict, TemporarilyUnavailable

TRIES = 10

Decide = Callable[[KnownCourse | None], KnownCourse | None]
"""The course as it is to be; None: there is nothing to write."""


def take(tenant_id: int, course: Course, at: datetime) -> KnownCourse:
    """Know a course as Immersio tells of it; returns it as it is known then.

    Immersio's events tell the time in whole seconds, so what comes in the same second is news still.
    """
    second = at.replace(microsecond=0)
    return change(tenant_id, course.id, lambda before: listed(tenant_id, before, course, second))


def change(tenant_id: int, course_id: str, decide: Decide) -> KnownCourse:
    for _ in range(TRIES):
        before = store.load_course(tenant_id, course_id)
        after = decide(before) or before
        if after is None:
            raise ValueError("nothing was decided on a course that is not known")
        if after == before:
            return after
        with suppress(store.ConditionFailed):
            store.commit(*actions(before, after))
            return after
        if store.load_owner(course_id) not in {None, tenant_id}:
            raise Conflict("This course belongs to another school")
    raise TemporarilyUnavailable("This course is being changed elsewhere; try again", retry_after_seconds=1)


def listed(tenant_id: int, before: KnownCourse | None, course: Course, at: datetime) -> KnownCourse:
    """A course as it stood in Immersio's list then; what is known already is not written again."""
    told = {"name": course.name, "description": course.description, "status": course.status}
    if before is None:
        return KnownCourse.model_validate({"tenant_id": tenant_id, "id": course.id, "as_of": at, **told})
    is_news = any(getattr(before, name) != value for name, value in told.items())
    return _as_of(before, at, **told) if is_news else before


def deleted(before: KnownCourse, at: datetime) -> KnownCourse:
    """It is no more as of then, and nobody is enrolled in it."""
    return _as_of(before, at, status=CourseStatus.DELETED)


def told(before: KnownCourse | None, new: KnownCourse, given: set[str]) -> KnownCourse:
    """A course by an event, which may leave out what has not changed."""
    if before is None:
        return _ended(new)
    return _as_of(before, new.as_of, **{name: getattr(new, name) for name in given})


def actions(before: KnownCourse | None, after: KnownCourse) -> list[store.Action]:
    """All that a change of a course comes to; who was in one that is no more is taken off the lists."""
    owed = []
    if before and _is_over(after) and after != before:
        owed = [duties.end_course(after.tenant_id, after.id, after.as_of)]
    if before and _is_over(before) and not _is_over(after):
        owed = [duties.read_roster(after.tenant_id, RosterPull(course_id=after.id))]
    return [*store.saved_course(before, after), *map(outbox.put, owed)]


def _as_of(before: KnownCourse, at: datetime, **fields: object) -> KnownCourse:
    if at < before.as_of:
        return before
    return _ended(before.model_copy(update={**fields, "as_of": at}))


def _ended(course: KnownCourse) -> KnownCourse:
    return course.read(course.as_of) if _is_over(course) else course


def _is_over(course: KnownCourse) -> bool:
    return course.status is CourseStatus.DELETED
