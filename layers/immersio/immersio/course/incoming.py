"""Events of Immersio's: each is taken in once, with all that it changes, in one commit (INV-30).

They come late, twice and in any order, so every row knows as of when it is true; what is older changes nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from immersio.course import courses, following, store, telling
from immersio.course.following import Turn
from immersio.course.model import ChangedStudent, CourseStatus, Enrolment, KnownCourse, Student
from immersio.course.schemas import ChangedStudentTold, CourseTold, ImmersioEvent, StudentTold
from kernel import clock
from kernel.errors import TemporarilyUnavailable
from kernel.signatures import TOLERANCE_SECONDS
from kernel.telemetry import logger
from kernel.validation import parse

TRIES = 10
"""Others who change the same rows get in the way of one try."""

Actions = list[store.Action]


@dataclass(frozen=True)
class Happened:
    """An event, about whom, and as of when it is true."""

    event: ImmersioEvent
    tenant_id: int | None

    @property
    def at(self) -> datetime:
        """By Immersio's clock; one that is far ahead must not make all that follows look old."""
        return min(self.event.timestamp, clock.now() + timedelta(seconds=TOLERANCE_SECONDS))


def handle(event: ImmersioEvent, tenant_id: int | None) -> bool:
    """Whether it is of a type that we know. `tenant_id`: the school that it is about."""
    plan = EVENTS.get(event.event)
    known = {"immersio_event": event.webhook_id, "type": event.event, "tenant_id": tenant_id}
    if plan is None:
        logger.warning("an event of Immersio's that nobody knows", extra=known)
        return False
    is_new = _take_in(Happened(event, tenant_id), plan)
    logger.info("an event of Immersio's", extra={**known, "is_new": is_new})
    return True


def _take_in(happened: Happened, plan: "Plan") -> bool:
    """Whether it was not known. Of several courses that do not fit into one commit, the event goes with the last."""
    for _ in range(TRIES):
        if store.was_taken_in(happened.event.webhook_id):
            return False
        *before, last = _commits(plan(happened), store.taken_in(happened.event.webhook_id, happened.event.event))
        try:
            for actions in [*before, last]:
                store.commit(*actions)
        except store.ConditionFailed:
            continue
        return True
    raise TemporarilyUnavailable("What this event is about is being changed elsewhere; send it again")


def _commits(parts: Iterable[Actions], taken_in: store.Action) -> list[Actions]:
    """What belongs together stays together; usually everything does."""
    commits: list[Actions] = [[taken_in]]
    for actions in filter(None, parts):
        if len(commits[-1]) + len(actions) > store.MOST_ACTIONS:
            commits.insert(0, actions)
        else:
            commits[-1].extend(actions)
    return commits


def _course_told(happened: Happened) -> list[Actions]:
    told = parse(CourseTold, happened.event.data, whole="data")
    return [_on_course(happened, told, told.known_status)]


def _course_deleted(happened: Happened) -> list[Actions]:
    told = parse(CourseTold, happened.event.data, whole="data")
    return [_on_course(happened, told, CourseStatus.DELETED)]


def _on_course(happened: Happened, told: CourseTold, status: CourseStatus | None) -> Actions:
    if happened.tenant_id is None:
        return []
    before = store.load_course(happened.tenant_id, told.course_id)
    given = {"name": told.name, "description": told.description, "status": status}
    fields = {name: value for name, value in given.items() if value is not None}
    named = {"name": told.course_id, "tenant_id": happened.tenant_id, "id": told.course_id, "as_of": happened.at}
    after = courses.told(before, KnownCourse.model_validate({**named, **fields}), set(fields))
    return [] if after == before else courses.actions(before, after)


def _student_enrolled(happened: Happened) -> list[Actions]:
    told = parse(StudentTold, happened.event.data, whole="data")
    course = _course(happened, told.course_id)
    if course is None:
        return []
    before = store.load_enrolment(course.tenant_id, course.id, told.student_id)
    changed = store.load_changed_students([told.student_id]).get(told.student_id)
    after = telling.enrolled(course, before, _student(told), happened.at, changed)
    actions = following.turned(course, [Turn(before, after)])
    return [[*actions, store.still_changed(told.student_id, changed)]] if actions else []


def _student_unenrolled(happened: Happened) -> list[Actions]:
    told = parse(StudentTold, happened.event.data, whole="data")
    course = _course(happened, told.course_id)
    if course is None:
        return []
    before = store.load_enrolment(course.tenant_id, course.id, told.student_id)
    after = telling.unenrolled(course, before, _student(told), happened.at)
    return [following.turned(course, [Turn(before, after)])]


def _student_updated(happened: Happened) -> list[Actions]:
    """Somebody has another address or name: in all their courses, for these are theirs and not the courses'."""
    told = parse(ChangedStudentTold, happened.event.data, whole="data")
    before = store.load_changed_students([told.student_id]).get(told.student_id)
    rows = _enrolments(happened, told)
    changed = _changed(happened, told, before, rows)
    if changed is None or (before and changed.as_of < before.as_of):
        return []
    return [[store.saved_changed_student(before, changed)], *(_renamed(row, changed) for row in rows)]


def _changed(
    happened: Happened, told: ChangedStudentTold, before: ChangedStudent | None, rows: Iterable[Enrolment]
) -> ChangedStudent | None:
    """What is not told stays as it is known; None where that is not known either."""
    known = [(one.email, one.name) for one in ([before] if before else rows)]
    email, name = told.email, told.name
    if known:
        email, name = (known[0][0] if email is None else email), (known[0][1] if name is None else name)
    if email is None:
        return None
    return ChangedStudent(id=told.student_id, email=email, name=name or "", as_of=happened.at)


def _enrolments(happened: Happened, told: ChangedStudentTold) -> list[Enrolment]:
    """Those that the index shows, and of the course that is named the row itself."""
    found = {(one.tenant_id, one.course_id) for one in store.enrolments_of(told.student_id)}
    if told.course_id and happened.tenant_id:
        found.add((happened.tenant_id, told.course_id))
    rows = (store.load_enrolment(tenant_id, course_id, told.student_id) for tenant_id, course_id in sorted(found))
    return [row for row in rows if row]


def _renamed(row: Enrolment, changed: ChangedStudent) -> Actions:
    course = store.load_course(row.tenant_id, row.course_id)
    if course is None or course.is_read_after(changed.as_of):
        return []
    return following.turned(course, [Turn(row, telling.renamed(row, changed))])


def _course(happened: Happened, course_id: str) -> KnownCourse | None:
    """The course, if this is news of it: what came before its roster was read as a whole is in that already."""
    course = store.load_course(happened.tenant_id, course_id) if happened.tenant_id else None
    return None if course is None or course.is_read_after(happened.at) else course


def _student(told: StudentTold) -> Student:
    return Student(id=told.student_id, email=told.email, name=told.name)


Plan = Callable[[Happened], list[Actions]]
EVENTS: dict[str, Plan] = {
    "course.created": _course_told,
    "course.updated": _course_told,
    "course.deleted": _course_deleted,
    "student.enrolled": _student_enrolled,
    "student.unenrolled": _student_unenrolled,
    "student.updated": _student_updated,
}
