"""The second phase of a full sync: courses that we know and that were not listed. Each is asked for by its id."""

from immersio.course.model import CourseStatus, KnownCourse
from immersio.integration import client
from immersio.integration.model import Integration
from immersio.sync import courses, store
from immersio.sync.model import Phase, Sync
from kernel import clock

ROWS = 100


def read(integration: Integration, sync: Sync) -> Sync:
    """The next one that was not listed, or the end of some that all were."""
    known = store.courses_after(sync.tenant_id, sync.after, ROWS)
    missed = next((course for course in known if _was_missed(course, sync)), None)
    if missed is None:
        return store.save(sync, _behind(sync, known).went_on())
    asked_at = clock.now()
    found = client.course(integration, missed.id)
    # it answers without its clock; but it was not changed since the sync began, or an event would have said so
    as_of = sync.as_of or asked_at
    kept = courses.keep(sync.tenant_id, [found], as_of, is_full=True) if found else courses.end(missed, as_of)
    after = sync.went_on(after=missed.id, courses_updated=sync.courses_updated + kept.updated)
    try:
        return store.save(sync, after, *kept.actions)
    except store.ConditionFailed:
        return sync  # an event told of it in the same moment; it is looked at again


def passed_over(sync: Sync) -> tuple[str, Sync]:
    known = store.courses_after(sync.tenant_id, sync.after, ROWS)
    missed = next((course for course in known if _was_missed(course, sync)), None)
    if missed is None:
        return sync.after or "", _behind(sync, known)
    return missed.id, sync.model_copy(update={"after": missed.id})


def _was_missed(course: KnownCourse, sync: Sync) -> bool:
    """Whatever was listed, and whatever an event told of, is known as of later."""
    return course.status is not CourseStatus.DELETED and (sync.as_of is None or course.as_of < sync.as_of)


def _behind(sync: Sync, known: list[KnownCourse]) -> Sync:
    if len(known) == ROWS:
        return sync.model_copy(update={"after": known[-1].id})
    return sync.model_copy(update={"phase": Phase.ROSTERS, "after": None})
