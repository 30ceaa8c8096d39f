"""A sync: what Immersio has of a school's courses and rosters is read page by page, in steps that are short."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from kernel.clock import Instant

SyncType = Literal["courses", "students", "all"]
ERRORS_KEPT = 100
LONGEST_ERROR = 300
SILENCE = timedelta(minutes=15)
"""A sync of which nothing is heard for so long after its next step was due has crashed; another may begin."""
KEPT = timedelta(days=30)
OVERLAP = timedelta(minutes=1)
"""What was written at the very moment of the last sync is asked for again."""


class Status(StrEnum):
    STARTED = "started"
    COMPLETED = "completed"
    """To its end; what could not be read on the way is among its errors."""
    FAILED = "failed"


class Phase(StrEnum):
    COURSES = "courses"
    """What Immersio lists."""
    MISSING = "missing"
    """What it did not list, though we know it: whether that is still there."""
    ROSTERS = "rosters"
    """Who is enrolled in the courses that workshops follow."""
    DONE = "done"


class Failure(BaseModel):
    model_config = ConfigDict(frozen=True)

    course_id: str
    """Of a page of courses: the one that it comes after."""
    error: str


class Sync(BaseModel):
    """What is known of a sync, and where it goes on; a row of the history once it is done."""

    model_config = ConfigDict(frozen=True)

    tenant_id: int
    id: int
    sync_type: SyncType = "all"
    is_full: bool
    """Reads every course; otherwise those that changed since `since`."""
    since: Instant | None = None
    status: Status = Status.STARTED
    started_at: Instant
    completed_at: Instant | None = None

    phase: Phase = Phase.COURSES
    after: str | None = None
    """The id of the last course of this phase that is done, or waits."""
    waiting: tuple[str, ...] = ()
    """Courses whose rosters are to be read before others are looked for."""
    pull: dict[str, Any] | None = None
    """How far the roster of the first of them is read."""
    step: int = 1
    """Which message works on it; all others come too late, or twice."""
    revision: int = 1
    """Rises with every commit, so that nothing is counted twice."""
    tries: int = 0
    """How often the next page has failed."""
    given_up: int = 0
    """How many pages were given up without one that could be read between them."""
    as_of: Instant | None = None
    """When it began, by Immersio's clock."""
    is_whole: bool = True
    """Whether every page of courses was read."""

    courses_found: int = 0
    courses_created: int = 0
    courses_updated: int = 0
    """Those that were known and are different now, or gone."""
    students: int = 0
    failed: int = 0
    """How many errors there are, of which the first are kept."""
    errors: tuple[Failure, ...] = ()
    reason: str | None = None
    """Why it failed."""

    @property
    def is_running(self) -> bool:
        return self.status is Status.STARTED

    @property
    def processed(self) -> int:
        return self.courses_found + self.students

    def went_on(self, **changes: Any) -> "Sync":
        """Something was read."""
        return self.model_copy(update={**changes, "tries": 0, "given_up": 0})

    def with_errors(self, *failures: Failure, more: int = 0) -> "Sync":
        """`more` of them are counted and not told."""
        kept = [*self.errors, *(_cut(failure) for failure in failures)][:ERRORS_KEPT]
        failed = self.failed + len(failures) + more
        return self.model_copy(update={"errors": tuple(kept), "failed": failed})

    def ended(self, at: datetime, reason: str | None = None) -> "Sync":
        status = Status.FAILED if reason else Status.COMPLETED
        return self.model_copy(update={"status": status, "completed_at": at, "reason": reason, "pull": None})


class Lock(BaseModel):
    """Which sync of a school runs, and as of when its courses are known."""

    model_config = ConfigDict(frozen=True)

    sync_id: int | None = None
    until: Instant | None = None
    org_id: str | None = None
    known_as_of: Instant | None = None
    """When the last sync began that read every page, by Immersio's clock: the next one asks what changed since."""

    def holds(self, at: datetime) -> bool:
        return self.sync_id is not None and self.until is not None and at < self.until

    def known_since(self, org_id: str) -> datetime | None:
        """Of another organisation nothing is known."""
        return self.known_as_of - OVERLAP if self.known_as_of and self.org_id == org_id else None


def _cut(failure: Failure) -> Failure:
    return failure.model_copy(update={"error": failure.error[:LONGEST_ERROR]})
