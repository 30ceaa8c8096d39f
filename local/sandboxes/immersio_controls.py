"""What people do in Immersio, as doors of its sandbox: each changes what it holds and tells our platform of it.

With `"silent": true` nobody is told, as if the event were lost.
"""

from typing import Literal

from flask import Flask
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from local.sandboxes.faults import ControlRefused, control_input
from local.sandboxes.immersio_post import Event, Post
from local.sandboxes.immersio_school import Books, Course, Document, Organization, Student, new_id, now, written


class _Control(BaseModel):
    model_config = ConfigDict(extra="forbid")

    silent: bool = False


class Enrol(_Control):
    course_id: str = Field(alias="courseId")
    student_id: str | None = Field(default=None, alias="studentId")
    email: str
    name: str = "New Student"


class Unenrol(_Control):
    course_id: str = Field(alias="courseId")
    student_id: str | None = Field(default=None, alias="studentId")
    email: str | None = None
    name: str | None = None


class ChangeCourse(_Control):
    course_id: str = Field(alias="courseId")
    organization_id: str | None = Field(default=None, alias="orgId")
    name: str | None = None
    description: str | None = None
    status: Literal["active", "archived", "deleted"] | None = None


class ChangeStudent(_Control):
    student_id: str = Field(alias="studentId")
    email: str | None = None
    name: str | None = None


class Send(BaseModel):
    model_config = ConfigDict(extra="forbid")

    webhook_ids: list[str] = Field(alias="webhookIds")


class _Controls:
    def __init__(self, books: Books, post: Post) -> None:
        self._books, self._post = books, post

    def enrol(self) -> ResponseReturnValue:
        wanted = control_input(Enrol)
        with self._books.lock:
            organization, course = _course(self._books, wanted.course_id)
            student = _known(organization, wanted.student_id, wanted.email)
            if student is None:
                student = Student(wanted.student_id or new_id("student"), wanted.email, wanted.name)
                organization.students[student.id] = student
            course.roster.setdefault(student.id, now())
            told = _enrolled(course, student)
        return self._told(wanted, "student.enrolled", told), 201

    def unenrol(self) -> ResponseReturnValue:
        wanted = control_input(Unenrol)
        with self._books.lock:
            organization, course = _course(self._books, wanted.course_id)
            student = _known(organization, wanted.student_id, wanted.email)
            if student is None or student.id not in course.roster:
                raise ControlRefused("nobody like that is enrolled in this course", 404)
            told = _enrolled(course, student)
            del course.roster[student.id], told["enrolledAt"]
        return self._told(wanted, "student.unenrolled", told)

    def course(self) -> ResponseReturnValue:
        wanted = control_input(ChangeCourse)
        with self._books.lock:
            change = _create if wanted.organization_id else _change
            name, told = change(self._books, wanted)
        return self._told(wanted, name, told)

    def student(self) -> ResponseReturnValue:
        wanted = control_input(ChangeStudent)
        with self._books.lock:
            found = self._books.of_student(wanted.student_id)
            if found is None:
                raise ControlRefused("there is no such student", 404)
            _, student = found
            student.email = wanted.email or student.email
            student.name = wanted.name or student.name
            told = {"studentId": student.id, "email": student.email, "name": student.name}
        return self._told(wanted, "student.updated", told)

    def events(self) -> ResponseReturnValue:
        return {"events": [self._post.document(event) for event in self._post.events.values()]}

    def deliver(self) -> ResponseReturnValue:
        """Send these now, in this order, however often they were sent before."""
        wanted = [_event(self._post, webhook_id) for webhook_id in control_input(Send).webhook_ids]
        for event in wanted:
            self._post.send(event)
        return {"events": [self._post.document(event) for event in wanted]}

    def _told(self, wanted: _Control, name: str, data: Document) -> Document:
        """What happened, and the event that tells of it with what our receiver said."""
        event = None if wanted.silent else self._post.tell(name, data)
        return {"event": name, "data": data, "delivery": event and self._post.document(event)}


def install(app: Flask, books: Books, post: Post) -> None:
    controls = _Controls(books, post)
    app.add_url_rule("/_state", "state", books.state)
    app.add_url_rule("/_enrol", "enrol", controls.enrol, methods=["POST"])
    app.add_url_rule("/_unenrol", "unenrol", controls.unenrol, methods=["POST"])
    app.add_url_rule("/_course", "change course", controls.course, methods=["POST"])
    app.add_url_rule("/_student", "change student", controls.student, methods=["POST"])
    app.add_url_rule("/_events", "events", controls.events)
    app.add_url_rule("/_deliver", "deliver", controls.deliver, methods=["POST"])


def _create(books: Books, wanted: ChangeCourse) -> tuple[str, Document]:
    organization = books.organizations.get(wanted.organization_id or "")
    if organization is None:
        raise ControlRefused("orgId: there is no such organisation", 404)
    if books.of_course(wanted.course_id):
        raise ControlRefused("courseId: there is such a course; leave orgId out to change it", 409)
    course = Course(
        wanted.course_id, wanted.name or wanted.course_id, wanted.description or "", wanted.status or "active"
    )
    organization.add(course)
    return "course.created", {**course.told(), "orgId": organization.id}


def _change(books: Books, wanted: ChangeCourse) -> tuple[str, Document]:
    _, course = _course(books, wanted.course_id)
    for field in ("name", "description", "status"):
        if (value := getattr(wanted, field)) is not None:
            setattr(course, field, value)
    course.updated_at = now()
    if course.status == "deleted":
        course.roster.clear()
        return "course.deleted", {"courseId": course.id}
    return "course.updated", course.told()


def _course(books: Books, course_id: str) -> tuple[Organization, Course]:
    found = books.of_course(course_id)
    if found is None or found[1].status == "deleted":
        raise ControlRefused("courseId: there is no such course", 404)
    return found


def _known(organization: Organization, student_id: str | None, email: str | None) -> Student | None:
    if student_id:
        return organization.students.get(student_id)
    return organization.with_email(email) if email else None


def _enrolled(course: Course, student: Student) -> Document:
    return {
        "courseId": course.id,
        "studentId": student.id,
        "email": student.email,
        "name": student.name,
        "enrolledAt": written(course.roster[student.id]),
    }


def _event(post: Post, webhook_id: str) -> Event:
    event = post.events.get(webhook_id)
    if event is None:
        raise ControlRefused(f"webhookIds: there is no event {webhook_id}", 404)
    return event
