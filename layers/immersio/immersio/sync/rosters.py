"""The last phase: who is enrolled in the courses that workshops follow. How a roster is read, `course.rosters` knows."""

from datetime import datetime

from immersio.course.model import CourseStatus, KnownCourse
from immersio.course import rosters
from immersio.course.rosters import RosterPull
from immersio.integration.model import Integration
from immersio.sync import store
from immersio.sync.model import Failure, Phase, Sync

ROWS = 100


def read(integration: Integration, sync: Sync, until: datetime) -> Sync:
    """As much of the next roster as there is time for, or the end of some courses that nobody follows."""
    known = store.courses_after(sync.tenant_id, sync.after, ROWS)
    course_id = _next(sync, known)
    if course_id is None:
        return store.save(sync, _behind(sync, known).went_on())
    pull = RosterPull.model_validate(sync.pull) if sync.pull else RosterPull(course_id=course_id)
    pull = rosters.advance(integration, pull, until)
    if not pull.is_done:
        return store.save(sync, sync.went_on(pull=pull.model_dump(mode="json")))
    return store.save(sync, _counted(sync, pull).went_on(after=course_id, pull=None))


def passed_over(sync: Sync) -> tuple[str, Sync]:
    known = store.courses_after(sync.tenant_id, sync.after, ROWS)
    course_id = _next(sync, known)
    if course_id is None:
        return sync.after or "", _behind(sync, known)
    pull = RosterPull.model_validate(sync.pull) if sync.pull else RosterPull(course_id=course_id)
    return course_id, _counted(sync, pull).model_copy(update={"after": course_id, "pull": None})


def _next(sync: Sync, known: list[KnownCourse]) -> str | None:
    """The one that is half read, or the next that a workshop follows. What is archived keeps whom it has."""
    if sync.pull:
        return RosterPull.model_validate(sync.pull).course_id
    active = [course.id for course in known if course.status is CourseStatus.ACTIVE]
    return next(iter(store.followed(sync.tenant_id, active)), None)


def _counted(sync: Sync, pull: RosterPull) -> Sync:
    told = [Failure(course_id=pull.course_id, error=error) for error in pull.errors]
    read = sync.model_copy(update={"students": sync.students + pull.processed})
    return read.with_errors(*told, more=max(0, pull.failed - len(told)))


def _behind(sync: Sync, known: list[KnownCourse]) -> Sync:
    if len(known) == ROWS:
        return sync.model_copy(update={"after": known[-1].id})
    return sync.model_copy(update={"phase": Phase.DONE, "after": None})
