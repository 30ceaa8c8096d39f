"""Reading a course's roster from Immersio, page after page: who is new, who has changed, who is gone.

Each page is done as a whole or done again, which changes nothing any more; so a reading that was broken off goes on
where it stood. It fails for a student at a time: one without a usable address is named, and the others go on.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

from immersio.course import store, telling
from immersio.course.duties import RosterPull
from immersio.course.following import Turn
from immersio.course.model import Enrolment, KnownCourse, Student, usable_address
from immersio.course.settling import Overtaken, settle
from immersio.integration import client
from immersio.integration.client import Page
from immersio.integration.model import Integration
from kernel import clock
from kernel.errors import ImmersioUnavailable

NOT_THERE = "Immersio has no roster of this course (any more); nobody was taken off for that"
"""It may be the key that does not open it. Who is in a course that is gone is taken off when that is certain."""
UNKNOWN = "?"
"""The id of what has none that can be read."""


def advance(integration: Integration, pull: RosterPull, until: datetime) -> RosterPull:
    """One page at least, and more while there is time. Raises where Immersio does not answer, or refuses the key."""
    while not pull.is_done:
        pull = _page(integration, pull)
        if clock.now() >= until:
            break
    return pull


def _page(integration: Integration, pull: RosterPull) -> RosterPull:
    page = client.students(integration, pull.course_id, after=pull.after)
    if page is None:
        return pull.model_copy(update={"is_done": True, "is_overtaken": True}).failing([NOT_THERE])
    started = pull.started_at or page.as_of
    try:
        _take(integration, pull, page, started)
    except Overtaken:
        return pull.model_copy(update={"is_done": True, "is_overtaken": True})
    unusable = [f"student {one.id}: has no e-mail address we can use" for one in page.items if not _is_usable(one)]
    read = {
        "after": page.last_id or pull.after,
        "started_at": started,
        "processed": pull.processed + len(page.items) - len(unusable),
        "is_done": not page.has_more,
    }
    unreadable = [f"student {one.id}: {one.error}" for one in page.unreadable]
    return pull.model_copy(update=read).failing([*unusable, *unreadable])


def _take(integration: Integration, pull: RosterPull, page: Page[Student], started: datetime) -> None:
    tenant_id, told = integration.tenant_id, {one.id: one for one in page.items}
    last = page.last_id if page.has_more else None
    known = store.enrolments_between(tenant_id, pull.course_id, pull.after, last)
    gone = _gone(known, page)
    if gone and not told:
        _check_nobody_is_left(integration, pull)
    changed = store.load_changed_students(told.keys() - known.keys())

    def decide(course: KnownCourse, student_id: str, row: Enrolment | None) -> Turn | None:
        if student := told.get(student_id):
            return Turn(row, telling.seen(course, row, student, page.as_of, changed.get(student_id)))
        return Turn(row, telling.missed(row, page.as_of)) if row else None

    _reading(tenant_id, pull.course_id, started)
    settle(lambda: _reading(tenant_id, pull.course_id, started), [*told, *gone], decide)


def _gone(known: Mapping[str, Enrolment], page: Page[Student]) -> list[str]:
    """Who is not on the page. Somebody on it who cannot be read is not gone; who that is may be unreadable too."""
    there = {one.id for one in page.items} | {one.id for one in page.unreadable}
    is_sure = all(one.id != UNKNOWN for one in page.unreadable)
    return [student_id for student_id, one in known.items() if is_sure and one.is_enrolled and student_id not in there]


def _check_nobody_is_left(integration: Integration, pull: RosterPull) -> None:
    """An empty page takes off everybody from there on; so the course, which counts who is in it, is asked too."""
    course = client.course(integration, pull.course_id)
    if course is None or course.student_count > pull.processed + pull.failed:
        raise ImmersioUnavailable("Immersio lists fewer students than its course has; nothing was changed")


def _reading(tenant_id: int, course_id: str, started: datetime) -> KnownCourse:
    """The course, marked: what happened before this reading began is none for us any more."""
    while True:
        course = store.load_course(tenant_id, course_id)
        if course is None or course.is_read_after(started):
            raise Overtaken
        after = course.read(started)
        if after == course:
            return course
        with suppress(store.ConditionFailed):
            store.commit(*store.saved_course(course, after))


def _is_usable(student: Student) -> bool:
    return usable_address(student.email) is not None
