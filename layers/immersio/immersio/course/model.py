"""What we know of Immersio's courses, and of who is enrolled in them.

Events and syncs tell of the same things in any order, so every row says as of when it is true, by Immersio's clock;
what is older never overwrites it (INV-30).
"""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from kernel.clock import Instant
from kernel.fields import Email, normalised_email

_email: TypeAdapter[str] = TypeAdapter(Email)


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
    """When the last reading of its whole roster began; an event from before that time is none for us any more."""

    def is_read_after(self, at: datetime) -> bool:
        return self.roster_as_of is not None and self.roster_as_of > at

    def read(self, at: datetime) -> "KnownCourse":
        """Its roster is being read as a whole, as it was at this time or later."""
        return self if self.is_read_after(at) else self.model_copy(update={"roster_as_of": at})


class Enrolment(BaseModel):
    """Somebody who is, or was, enrolled in a course of a school's."""

    model_config = ConfigDict(frozen=True)

    tenant_id: int
    course_id: str
    student_id: str
    email: str
    """As Immersio has it: it may be none that we can use."""
    name: str
    is_enrolled: bool
    """False: they were, and an older message that they are must not bring them back."""
    as_of: Instant
    """When this was so."""
    details_as_of: Instant
    """When the address and the name were so: they change by themselves too."""

    @property
    def address(self) -> str | None:
        """Under which they are on the lists of who may book; None: on none."""
        return usable_address(self.email) if self.is_enrolled else None


class ChangedStudent(BaseModel):
    """What was told last of a student, in whatever course: an enrolment that is told later may be older than this."""

    model_config = ConfigDict(frozen=True)

    id: str
    email: str
    name: str
    as_of: Instant


def written_address(email: str) -> str | None:
    """What is an address, as one writes it; None: it is none."""
    try:
        return _email.validate_python(email)
    except ValidationError:
        return None


def usable_address(email: str) -> str | None:
    """The normalised form of what is an address."""
    written = written_address(email)
    return normalised_email(written) if written else None
