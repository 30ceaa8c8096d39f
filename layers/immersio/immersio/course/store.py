"""Courses and their rosters in the table, and the events that told of them.

Whatever is written fails if the row is not as it was read, so that of two who write at once the later looks again.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from boto3.dynamodb.conditions import Attr, ConditionBase
from boto3.dynamodb.conditions import Key as Where

from immersio.course.model import ChangedStudent, Enrolment, KnownCourse
from kernel import clock, keys, table

commit = table.write
Action = table.Action
ConditionFailed = table.ConditionFailed
MOST_ACTIONS = table.MOST_ACTIONS

MEMORY = timedelta(days=30)
"""How long it is remembered what was told and is past: longer than anybody goes on telling it."""


def load_owner(course_id: str) -> int | None:
    """The school whose course it is."""
    row = table.get(keys.immersio_course(course_id))
    return int(row["tenant_id"]) if row else None


def load_course(tenant_id: int, course_id: str) -> KnownCourse | None:
    row = table.get(keys.course(tenant_id, course_id))
    return KnownCourse.model_validate(row) if row else None


def load_courses(tenant_id: int) -> Iterator[KnownCourse]:
    """All of a school's, deleted ones too, in the order of their ids."""
    return map(KnownCourse.model_validate, table.query(Where("pk").eq(keys.courses(tenant_id))))


def saved_course(before: KnownCourse | None, after: KnownCourse) -> list[Action]:
    """A course as it is to be; it fails if it is not as it was before, or is another school's."""
    key = keys.course(after.tenant_id, after.id)
    row = {**key._asdict(), "entity": "course", **after.model_dump(mode="json")}
    saved = table.Put(item=row, condition=_course_as_read(before))
    return [saved] if before else [saved, _owned(after)]


def as_read(course: KnownCourse) -> table.Check:
    """It fails if anything is told of the course itself, or its roster is read as a whole, in this moment."""
    return table.Check(key=keys.course(course.tenant_id, course.id), condition=_course_as_read(course))


def load_enrolment(tenant_id: int, course_id: str, student_id: str) -> Enrolment | None:
    row = table.get(keys.enrolment(tenant_id, course_id, student_id))
    return Enrolment.model_validate(row) if row else None


def load_enrolments(tenant_id: int, course_id: str, student_ids: Iterable[str]) -> dict[str, Enrolment]:
    """Those of these students who are, or were, in the course."""
    wanted = [keys.enrolment(tenant_id, course_id, student_id) for student_id in student_ids]
    return {one.student_id: one for one in map(Enrolment.model_validate, table.get_all(wanted).values())}


def enrolments_between(tenant_id: int, course_id: str, after: str | None, last: str | None) -> dict[str, Enrolment]:
    """Who is, or was, in the course, with ids above `after` up to `last`; None: from the first, to the end."""
    between = Where("sk").between(*keys.enrolments_between(after, last))
    rows = table.query(Where("pk").eq(keys.roster(tenant_id, course_id)) & between)
    found = {one.student_id: one for one in map(Enrolment.model_validate, rows)}
    return {
        student_id: one
        for student_id, one in found.items()
        if (after is None or student_id > after) and (last is None or student_id <= last)
    }  # a key in which `#` is escaped may stand elsewhere than its id


def enrolled(tenant_id: int, course_id: str, after: str | None = None) -> Iterator[Enrolment]:
    """Who is enrolled now, in the order of their ids."""
    between = Where("sk").between(*keys.enrolments_between(after, None))
    rows = table.query(Where("pk").eq(keys.roster(tenant_id, course_id)) & between)
    return (one for one in map(Enrolment.model_validate, rows) if one.is_enrolled and one.student_id != after)


def enrolments_of(student_id: str) -> list[Enrolment]:
    """In all courses of all schools; one that is a moment old may be missing."""
    rows = table.query(Where("gsi1pk").eq(keys.immersio_student(student_id)), index="gsi1")
    return [Enrolment.model_validate(row) for row in rows]


def holders(tenant_id: int, course_id: str, address: str) -> list[Enrolment]:
    """Who is enrolled under an address; one that is a moment old may be missing."""
    of_address = Where("gsi3pk").eq(keys.enrolled_address(tenant_id, course_id, address))
    named = [keys.Key(row["pk"], row["sk"]) for row in table.query(of_address, index="gsi3")]
    found = map(Enrolment.model_validate, table.get_all(named).values())
    return [one for one in found if one.address == address]


def saved_enrolment(before: Enrolment | None, after: Enrolment) -> Action:
    """Who is not enrolled any more is remembered for a while only."""
    key = keys.enrolment(after.tenant_id, after.course_id, after.student_id)
    index = keys.enrolment_index(after.tenant_id, after.course_id, after.student_id)
    held = {} if after.address is None else {"gsi3pk": keys.enrolled_address(*_course_of(after), after.address)}
    ends = {} if after.is_enrolled else {"ttl": clock.epoch(clock.now() + MEMORY)}
    row = {**key._asdict(), **index._asdict(), **held, **ends, "entity": "enrolment", **after.model_dump(mode="json")}
    return table.Put(item=row, condition=_enrolment_as_read(before))


def still_enrolment(tenant_id: int, course_id: str, student_id: str, read: Enrolment | None) -> table.Check:
    """It fails if the enrolment is not as it was read."""
    return table.Check(key=keys.enrolment(tenant_id, course_id, student_id), condition=_enrolment_as_read(read))


def load_changed_students(student_ids: Iterable[str]) -> dict[str, ChangedStudent]:
    rows = table.get_all(map(keys.changed_student, student_ids)).values()
    return {one.id: one for one in map(ChangedStudent.model_validate, rows)}


def saved_changed_student(before: ChangedStudent | None, after: ChangedStudent) -> Action:
    key = keys.changed_student(after.id)
    ends = {"ttl": clock.epoch(clock.now() + MEMORY)}
    row = {**key._asdict(), **ends, "entity": "changed_student", **after.model_dump(mode="json")}
    return table.Put(item=row, condition=_as_of(before.as_of if before else None))


def still_changed(student_id: str, changed: ChangedStudent | None) -> table.Check:
    """It fails if there is news of the student."""
    return table.Check(key=keys.changed_student(student_id), condition=_as_of(changed.as_of if changed else None))


def was_taken_in(webhook_id: str) -> bool:
    return table.get(keys.immersio_event(webhook_id)) is not None


def taken_in(webhook_id: str, event: str) -> Action:
    """It fails if this event was taken in before (INV-30)."""
    now = clock.now()
    row = {
        **keys.immersio_event(webhook_id)._asdict(),
        "entity": "immersio_event",
        "event": event,
        "taken_in_at": clock.iso(now),
        "ttl": clock.epoch(now + MEMORY),
    }
    return table.Put(item=row, condition=Attr("pk").not_exists())


def _owned(course: KnownCourse) -> Action:
    key = keys.immersio_course(course.id)
    row = {**key._asdict(), "entity": "immersio_course", "tenant_id": course.tenant_id}
    return table.Put(item=row, condition=Attr("pk").not_exists() | Attr("tenant_id").eq(course.tenant_id))


def _course_of(enrolment: Enrolment) -> tuple[int, str]:
    return enrolment.tenant_id, enrolment.course_id


def _course_as_read(course: KnownCourse | None) -> ConditionBase:
    if course is None:
        return Attr("pk").not_exists()
    read = clock.iso(course.roster_as_of) if course.roster_as_of else None
    return _as_of(course.as_of) & Attr("status").eq(course.status) & Attr("roster_as_of").eq(read)


def _enrolment_as_read(enrolment: Enrolment | None) -> ConditionBase:
    if enrolment is None:
        return Attr("pk").not_exists()
    return (
        _as_of(enrolment.as_of)
        & Attr("details_as_of").eq(clock.iso(enrolment.details_as_of))
        & Attr("is_enrolled").eq(enrolment.is_enrolled)
        & Attr("email").eq(enrolment.email)
    )


def _as_of(at: datetime | None) -> ConditionBase:
    return Attr("pk").not_exists() if at is None else Attr("as_of").eq(clock.iso(at))
