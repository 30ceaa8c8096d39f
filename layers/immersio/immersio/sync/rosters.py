"""The last phase: who is enrolled in the courses that workshops follow; `course.rosters` knows how that is read."""

from immersio.course import rosters
from immersio.course.duties import RosterPull
from immersio.course.model import CourseStatus, KnownCourse
from immersio.integration.model import Integration
from immersio.sync import store
from immersio.sync.model import Failure, Phase, Sync
from immersio.workshop import store as workshops
from kernel import clock

ROWS = 100


def read(integration: Integration, sync: Sync) -> Sync:
    """The next page of a roster, or the end of some courses that nobody follows."""
    known = store.courses_after(sync.tenant_id, sync.after, ROWS)
    course_id = _next(sync, known)
    if course_id is None:
        return store.save(sync, _behind(sync, known).went_on())
    pull = rosters.advance(integration, _pull(sync, course_id), clock.now())
    if not pull.is_done:
        return store.save(sync, sync.went_on(pull=pull.model_dump(mode="json")))
    return store.save(sync, _counted(sync, pull).went_on(after=course_id, pull=None))


def passed_over(sync: Sync) -> tuple[str, Sync]:
    known = store.courses_after(sync.tenant_id, sync.after, ROWS)
    course_id = _next(sync, known)
    if course_id is None:
        return sync.after or "", _behind(sync, known)
    return course_id, _counted(sync, _pull(sync, course_id)).model_copy(update={"after": course_id, "pull": None})


def _next(sync: Sync, known: list[KnownCourse]) -> str | None:
    """The one that is half read, or the next that a workshop follows. What is archived keeps whom it has."""
    if sync.pull:
        return _pull(sync, "").course_id
    active = [course.id for course in known if course.status is CourseStatus.ACTIVE]
    of_workshops = store.of_workshops(sync.tenant_id, active)
    return next((course_id for course_id in of_workshops if workshops.followers(sync.tenant_id, course_id)), None)


def _pull(sync: Sync, course_id: str) -> RosterPull:
    """The reading that is under way, or a new one."""
    return RosterPull.model_validate(sync.pull) if sync.pull else RosterPull(course_id=course_id)


def _counted(sync: Sync, pull: RosterPull) -> Sync:
    told = [Failure(course_id=pull.course_id, error=error) for error in pull.errors]
    read = sync.model_copy(update={"students": sync.students + pull.processed})
    return read.with_errors(*told, more=max(0, pull.failed - len(told)))


def _behind(sync: Sync, known: list[KnownCourse]) -> Sync:
    if len(known) == ROWS:
        return sync.model_copy(update={"after": known[-1].id})
    return sync.model_copy(update={"phase": Phase.DONE, "after": None})
