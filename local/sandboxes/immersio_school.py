"""What Immersio's sandbox holds: organisations, their courses, their students, and who is enrolled where."""

import threading
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]

STATUSES = ("active", "archived", "deleted")


def now() -> datetime:
    return datetime.fromtimestamp(int(time.time()), UTC)


def written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def new_id(kind: str) -> str:
    return f"{kind}_{uuid.uuid4().hex[:12]}"


@dataclass
class Student:
    id: str
    email: str
    name: str


@dataclass
class Course:
    id: str
    name: str
    description: str = ""
    status: str = "active"
    updated_at: datetime = field(default_factory=now)
    roster: dict[str, datetime] = field(default_factory=dict)
    """Since when each student is enrolled, by their ids."""

    def told(self) -> Document:
        """As its events tell of it."""
        return {"courseId": self.id, "name": self.name, "description": self.description, "status": self.status}

    def document(self) -> Document:
        return {**self.told(), "studentCount": len(self.roster), "updatedAt": written(self.updated_at)}


@dataclass
class Organization:
    id: str
    name: str
    api_key: str
    courses: dict[str, Course] = field(default_factory=dict)
    students: dict[str, Student] = field(default_factory=dict)

    @property
    def there(self) -> list[Course]:
        """The courses that are not deleted."""
        return [course for course in self.courses.values() if course.status != "deleted"]

    def document(self) -> Document:
        return {"id": self.id, "name": self.name, "courseCount": len(self.there)}

    def add(self, course: Course, *students: Student) -> None:
        """A course with those who are enrolled in it."""
        self.courses[course.id] = course
        for student in students:
            self.students[student.id] = student
            course.roster[student.id] = course.updated_at

    def with_email(self, email: str) -> Student | None:
        return next((one for one in self.students.values() if one.email.casefold() == email.casefold()), None)


class Books:
    """Everything; what happens to it happens under one lock."""

    def __init__(self, organizations: Iterable[Organization]) -> None:
        self.lock = threading.RLock()
        self.organizations = {one.id: one for one in organizations}

    def of_key(self, api_key: str) -> Organization | None:
        return next((one for one in self.organizations.values() if one.api_key == api_key), None)

    def of_course(self, course_id: str) -> tuple[Organization, Course] | None:
        return next(
            ((one, one.courses[course_id]) for one in self.organizations.values() if course_id in one.courses), None
        )

    def of_student(self, student_id: str) -> tuple[Organization, Student] | None:
        return next(
            ((one, one.students[student_id]) for one in self.organizations.values() if student_id in one.students), None
        )

    def state(self) -> Document:
        with self.lock:
            return {"organizations": [_state(one) for one in self.organizations.values()]}


def _state(organization: Organization) -> Document:
    return {
        **organization.document(),
        "courses": [
            {**course.document(), "students": sorted(course.roster)} for course in organization.courses.values()
        ],
        "students": [vars(student) for student in organization.students.values()],
    }
