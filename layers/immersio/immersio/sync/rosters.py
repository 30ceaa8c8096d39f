"""The last phase: who is enrolled in the courses that workshops follow; `course.rosters` knows how that is read."""

from collections.abc import Iterable, Iterator

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
    """The next page of a roster, or which of some more courses have to be read."""
    if not sync.waiting:
        return store.save(sync, _further(sync).went_on())
    pull = rosters.advance(integration, _pull(sync), clock.now())
    if not pull.is_done:
        return store.save(sync, sync.went_on(pull=pull.model_dump(mode="json")))
    return store.save(sync, _counted(sync, pull).went_on(waiting=sync.waiting[1:], pull=None))


def passed_over(sync: Sync) -> tuple[str, Sync]:
    behind = {"waiting": sync.waiting[1:], "pull": None}
    return sync.waiting[0], _counted(sync, _pull(sync)).model_copy(update=behind)


def _further(sync: Sync) -> Sync:
    """Looks once at each course, however many pages its roster has."""
    known = store.courses_after(sync.tenant_id, sync.after, ROWS)
    if not known:
        return sync.model_copy(update={"phase": Phase.DONE, "after": None})
    return sync.model_copy(update={"after": known[-1].id, "waiting": tuple(_followed(sync.tenant_id, known))})


def _followed(tenant_id: int, known: Iterable[KnownCourse]) -> Iterator[str]:
    """Those that a workshop follows. What is archived keeps whom it has."""
    active = [course.id for course in known if course.status is CourseStatus.ACTIVE]
    of_workshops = store.of_workshops(tenant_id, active)
    return (course_id for course_id in of_workshops if workshops.followers(tenant_id, course_id))


def _pull(sync: Sync) -> RosterPull:
    """The reading that is under way, or a new one."""
    return RosterPull.model_validate(sync.pull) if sync.pull else RosterPull(course_id=sync.waiting[0])


def _counted(sync: Sync, pull: RosterPull) -> Sync:
    told = [Failure(course_id=pull.course_id, error=error) for error in pull.errors]
    read = sync.model_copy(update={"students": sync.students + pull.processed})
    return read.with_errors(*told, more=max(0, pull.failed - len(told)))
