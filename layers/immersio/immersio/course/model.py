"""What we know of Immersio's courses, and of who is enrolled in them.

Events and syncs tell of the same things in any order, so every row says as of when it is true, by Immersio's clock;
what is older never overwrites it (INV-30).
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from kernel.clock import Instant


class CourseStatus(StrEnum):
    ACTIVE = "active"
    ARCHIVED = "archived"
    """It is over; who was enrolled stays so."""
    DELETED = "deleted"
    """Nobody is enrolled in it any more."""


class Course(BaseModel):
    """A course as Immersio tells of it."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    description: str = ""
    status: CourseStatus = CourseStatus.ACTIVE
    student_count: int = 0


class Student(BaseModel):
    """Somebody on a course's roster, as Immersio tells of them."""

    model_config = ConfigDict(frozen=True)

    id: str
    email: str
    """As Immersio has it: it may be none that we can use."""
    name: str


class KnownCourse(BaseModel):
    """A course of a school, as we have it."""

    model_config = ConfigDict(frozen=True)

    tenant_id: int
    id: str
    name: str
    description: str = ""
    status: CourseStatus = CourseStatus.ACTIVE
    as_of: Instant
    roster_as_of: Instant | None = None
    """When its roster was last read as a whole; an event from before that time is none for us any more."""


class Enrolment(BaseModel):
    """Somebody who is, or was, enrolled in a course that a workshop follows."""

    model_config = ConfigDict(frozen=True)

    tenant_id: int
    course_id: str
    student_id: str
    email: str
    name: str
    is_enrolled: bool
    """False: they were, and an older message that they are must not bring them back."""
    as_of: Instant
