"""Immersio's API, as far as we ask it. What we assume of it stands in docs/immersio-api.md, and is known only here.

Lists come as pages in the order of their ids. A page says as of when it is true, by Immersio's own clock: an event from
after that time knows better.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from immersio.course.model import Course, CourseStatus, Student
from immersio.integration import transport
from immersio.integration.model import Integration
from immersio.integration.transport import Answer, KeyRefused, NotThere, Unintelligible
from kernel import clock

__all__ = ["KeyRefused", "Organization", "Page", "Unreadable", "course", "courses", "organization", "students"]

T = TypeVar("T")
Wire = TypeVar("Wire", bound=BaseModel)

PAGE = 100
LONGEST = 2000
"""Of a name, a description or an address; what is longer is cut, or one of them would fill a row of the table."""
Id = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]


@dataclass(frozen=True)
class Organization:
    id: str
    name: str
    course_count: int


@dataclass(frozen=True)
class Unreadable:
    """Something in a list that we can make nothing of; the rest of the list is none the worse for it."""

    id: str
    error: str


@dataclass(frozen=True)
class Page(Generic[T]):
    """What stands on it rises strictly by id, and is all there is between the page's `after` and its own end."""

    items: tuple[T, ...]
    as_of: datetime
    has_more: bool
    last_id: str | None = None
    """Where the next page goes on, should what is last here be unreadable."""
    unreadable: tuple[Unreadable, ...] = ()


def organization(org_id: str, api_key: str) -> Organization:
    """What the key opens; `KeyRefused` where it opens nothing, or not this organisation."""
    try:
        answer = transport.get(api_key, "organizations", org_id)
    except NotThere:
        raise _unknown_organization() from None
    told = _read(_Organization, answer.body)
    if told.id != org_id:
        raise Unintelligible("told of another organisation than it was asked for")
    return Organization(told.id, (told.name or told.id)[:LONGEST], told.course_count)


def courses(integration: Integration, *, after: str | None = None, since: datetime | None = None) -> Page[Course]:
    """All courses that there are, or those that changed since a time, among them those that are no more."""
    changed = {"updatedSince": clock.iso(since)} if since else {}
    try:
        answer = transport.get(
            integration.api_key, "organizations", integration.org_id, "courses", **_page(after), **changed
        )
    except NotThere:
        raise _unknown_organization() from None
    return _paged("courses", answer, after, _course)


def course(integration: Integration, course_id: str) -> Course | None:
    """None where it is not there (any more), or not theirs."""
    try:
        answer = transport.get(integration.api_key, "courses", course_id)
    except NotThere:
        return None
    found = _read(_Course, answer.body).course()
    if found.id != course_id:
        raise Unintelligible("told of another course than it was asked for")
    return None if found.status is CourseStatus.DELETED else found


def students(integration: Integration, course_id: str, *, after: str | None = None) -> Page[Student] | None:
    """Who is enrolled in a course. None where it is not there (any more), or not for this key."""
    try:
        answer = transport.get(integration.api_key, "courses", course_id, "students", **_page(after))
    except NotThere:
        return None
    return _paged("students", answer, after, _student)


class _Told(BaseModel):
    """Immersio may tell of more than we know."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class _Organization(_Told):
    id: Id
    name: str | None = None
    course_count: int = Field(default=0, ge=0, alias="courseCount")


class _Course(_Told):
    id: Id = Field(alias="courseId")
    name: str | None = None
    description: str | None = None
    status: CourseStatus
    student_count: int = Field(default=0, ge=0, alias="studentCount")

    def course(self) -> Course:
        return Course(
            id=self.id,
            name=(self.name or self.id)[:LONGEST],
            description=(self.description or "")[:LONGEST],
            status=self.status,
            student_count=self.student_count,
        )


class _Student(_Told):
    id: Id = Field(alias="studentId")
    email: str | None = None
    name: str | None = None

    def student(self) -> Student:
        return Student(id=self.id, email=(self.email or "")[:LONGEST], name=(self.name or "")[:LONGEST])


def _course(told: dict[str, Any]) -> tuple[str, Course]:
    read = _Course.model_validate(told).course()
    return read.id, read


def _student(told: dict[str, Any]) -> tuple[str, Student]:
    read = _Student.model_validate(told).student()
    return read.id, read


def _page(after: str | None) -> dict[str, str]:
    return {"limit": str(PAGE)} | ({"after": after} if after else {})


ID_OF = {"courses": "courseId", "students": "studentId"}


def _paged(name: str, answer: Answer, after: str | None, read: Callable[[dict[str, Any]], tuple[str, T]]) -> Page[T]:
    listed, has_more = answer.body.get(name), answer.body.get("hasMore")
    if not isinstance(listed, list) or not isinstance(has_more, bool) or (has_more and not listed):
        raise Unintelligible(f"answered without a page of {name}")
    items, unreadable, last, so_far = [], [], after or "", 0
    for told in listed:
        try:
            item_id, item = read(told)
        except ValidationError as problem:
            unreadable.append(_unreadable(told, ID_OF[name], problem))
            continue
        if item_id <= last:
            raise Unintelligible(f"listed {name} out of the order of their ids")
        items.append(item)
        last, so_far = item_id, len(unreadable)
    if has_more and not items:
        raise Unintelligible(f"answered with a page of {name} of which nothing can be read")
    told = unreadable[:so_far] if has_more else unreadable  # what is behind the last one is on the next page again
    return Page(tuple(items), answer.as_of, has_more, last or None, tuple(told))


def _unreadable(told: Any, id_field: str, problem: ValidationError) -> Unreadable:
    """Under its own id: a student may be told with a course's too, and would look gone under that."""
    named = told.get(id_field) if isinstance(told, dict) else None
    rules = ("{}: {}".format(".".join(map(str, each["loc"])) or "item", each["msg"]) for each in problem.errors())
    shown = str(named or "?").encode("ascii", "backslashreplace").decode()
    return Unreadable(shown[:200], "; ".join(rules))


def _read(model: type[Wire], body: dict[str, Any]) -> Wire:
    try:
        return model.model_validate(body)
    except ValidationError as problem:
        fields = ", ".join(".".join(map(str, each["loc"])) for each in problem.errors())
        raise Unintelligible(f"answered with what we cannot read ({fields})") from None


def _unknown_organization() -> KeyRefused:
    return KeyRefused("Immersio knows no such organisation for this API key; compare both, and connect again")
