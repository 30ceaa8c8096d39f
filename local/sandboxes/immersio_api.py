"""Immersio's API: whose key it is, what they may read of it, page by page, and how often."""

import math
import time
from collections.abc import Callable, Mapping
from datetime import datetime

from flask import Flask, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field
from werkzeug.exceptions import HTTPException

from local.sandboxes.faults import control_input
from local.sandboxes.immersio_school import Books, Course, Document, Organization, Student, written

LARGEST_PAGE = 100
MINUTE = 60


class Refused(Exception):
    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.headers = status, dict(headers or {})


class _Limit(BaseModel):
    model_config = ConfigDict(extra="forbid")

    requests_per_minute: int | None = Field(alias="requestsPerMinute", ge=0)


class _Limiter:
    """So many requests in a minute for each key; the minutes are those of the clock."""

    def __init__(self) -> None:
        self._limit: int | None = None
        self._counts: dict[tuple[str, int], int] = {}

    def count(self, api_key: str) -> None:
        minute = int(time.time()) // MINUTE
        used = self._counts[api_key, minute] = self._counts.get((api_key, minute), 0) + 1
        if self._limit is not None and used > self._limit:
            wait = math.ceil((minute + 1) * MINUTE - time.time())
            raise Refused(429, "Too many requests", {"Retry-After": str(max(wait, 1))})

    def set(self) -> ResponseReturnValue:
        self._limit = control_input(_Limit).requests_per_minute
        self._counts.clear()
        return {"requestsPerMinute": self._limit}


class _Api:
    """Every question is answered under one lock, and only to whom it concerns."""

    def __init__(self, books: Books, limiter: _Limiter) -> None:
        self._books, self._limiter = books, limiter

    def organization(self, org_id: str) -> Document:
        with self._books.lock:
            return self._own(org_id).document()

    def courses(self, org_id: str) -> Document:
        with self._books.lock:
            own = self._own(org_id)
            since = request.args.get("updatedSince")
            listed = own.there if since is None else _updated(own, since)
            return _page("courses", {course.id: course.document for course in listed})

    def course(self, course_id: str) -> Document:
        with self._books.lock:
            return _course(self._caller(), course_id).document()

    def students(self, course_id: str) -> Document:
        with self._books.lock:
            own = self._caller()
            roster = _course(own, course_id).roster
            return _page("students", {each: _writer(own.students[each], since) for each, since in roster.items()})

    def _own(self, org_id: str) -> Organization:
        caller = self._caller()
        if caller.id != org_id:
            raise Refused(404, "There is no such organisation")
        return caller

    def _caller(self) -> Organization:
        """Whose key it is; what is another's is not there for them."""
        sent = request.authorization
        found = self._books.of_key(sent.token or "") if sent and sent.type == "bearer" else None
        if found is None:
            raise Refused(401, "The API key is missing or not valid")
        self._limiter.count(found.api_key)
        return found


def install(app: Flask, books: Books) -> None:
    limiter = _Limiter()
    api = _Api(books, limiter)
    app.add_url_rule("/_limit", "limit", limiter.set, methods=["POST"])
    app.add_url_rule("/v1/organizations/<org_id>", "organization", api.organization)
    app.add_url_rule("/v1/organizations/<org_id>/courses", "courses", api.courses)
    app.add_url_rule("/v1/courses/<course_id>", "course", api.course)
    app.add_url_rule("/v1/courses/<course_id>/students", "students", api.students)

    @app.errorhandler(Refused)
    def refused(refusal: Refused) -> ResponseReturnValue:
        return {"error": str(refusal)}, refusal.status, refusal.headers

    @app.errorhandler(HTTPException)
    def unknown(error: HTTPException) -> ResponseReturnValue:
        return {"error": error.description}, error.code or 500


def _course(organization: Organization, course_id: str) -> Course:
    found = organization.courses.get(course_id)
    if found is None or found.status == "deleted":
        raise Refused(404, "There is no such course")
    return found


def _updated(organization: Organization, since: str) -> list[Course]:
    """Whatever happened since, its beginning included. Seconds are as fine as this clock is."""
    try:
        moment = datetime.fromisoformat(since).replace(microsecond=0)
        return [course for course in organization.courses.values() if course.updated_at >= moment]
    except (ValueError, TypeError):
        raise Refused(400, "updatedSince: must be a time such as 2026-12-01T10:00:00Z") from None


def _page(name: str, listed: Mapping[str, Callable[[], Document]]) -> Document:
    """What follows `after` in the order of ids; each is written down only where it stands on this page."""
    after, limit = request.args.get("after", ""), request.args.get("limit", "")
    size = min(int(limit), LARGEST_PAGE) if limit.isdecimal() and int(limit) else LARGEST_PAGE
    following = sorted(item_id for item_id in listed if item_id > after)
    return {name: [listed[item_id]() for item_id in following[:size]], "hasMore": len(following) > size}


def _writer(student: Student, enrolled_at: datetime) -> Callable[[], Document]:
    person = {"studentId": student.id, "email": student.email, "name": student.name}
    return lambda: {**person, "enrolledAt": written(enrolled_at)}
