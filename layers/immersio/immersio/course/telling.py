"""What becomes of an enrolment by what is told of it, in whatever order that comes (INV-30).

That somebody is enrolled and what they are called are told apart, so each has a time of its own.
"""

from datetime import datetime
from typing import Any

from immersio.course.model import ChangedStudent, Enrolment, KnownCourse, Student


def enrolled(
    course: KnownCourse, before: Enrolment | None, student: Student, at: datetime, changed: ChangedStudent | None = None
) -> Enrolment:
    """They are enrolled as of then; `changed`: what was told of them otherwise."""
    if before is None:
        return renamed(_new(course, student, at, is_enrolled=True), changed)
    return renamed(_called(_is(before, at, is_enrolled=True), student, at), changed)


def unenrolled(course: KnownCourse, before: Enrolment | None, student: Student, at: datetime) -> Enrolment:
    if before is None:
        return _new(course, student, at, is_enrolled=False)
    return _is(before, at, is_enrolled=False)


def seen(
    course: KnownCourse, before: Enrolment | None, student: Student, at: datetime, changed: ChangedStudent | None
) -> Enrolment:
    """They are on the roster that was read then; where that is nothing new, nothing is written."""
    after = enrolled(course, before, student, at, changed)
    return before if before and _says(before) == _says(after) else after


def missed(before: Enrolment, at: datetime) -> Enrolment:
    """They are not on the roster that was read then."""
    return _is(before, at, is_enrolled=False) if before.is_enrolled else before


def renamed(before: Enrolment, changed: ChangedStudent | None) -> Enrolment:
    if changed is None:
        return before
    return _called(before, Student(id=changed.id, email=changed.email, name=changed.name), changed.as_of)


def _new(course: KnownCourse, student: Student, at: datetime, *, is_enrolled: bool) -> Enrolment:
    return Enrolment(
        tenant_id=course.tenant_id,
        course_id=course.id,
        student_id=student.id,
        email=student.email,
        name=student.name,
        is_enrolled=is_enrolled,
        as_of=at,
        details_as_of=at,
    )


def _is(before: Enrolment, at: datetime, *, is_enrolled: bool) -> Enrolment:
    if at < before.as_of:
        return before
    return before.model_copy(update={"is_enrolled": is_enrolled, "as_of": at})


def _called(before: Enrolment, student: Student, at: datetime) -> Enrolment:
    if at < before.details_as_of:
        return before
    return before.model_copy(update={"email": student.email, "name": student.name, "details_as_of": at})


def _says(enrolment: Enrolment) -> tuple[Any, ...]:
    return enrolment.is_enrolled, enrolment.email, enrolment.name
