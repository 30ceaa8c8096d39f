"""What courses oblige us to do later: messages that are committed with what gives rise to them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from kernel import clock, outbox
from kernel.clock import Instant

QUEUE = "immersio-sync"
ROSTER, COURSE_ENDED, TIDY = "roster", "course_ended", "tidy_whitelist"
MOST_ERRORS = 100


class RosterPull(BaseModel):
    """How far the reading of a course's roster has come."""

    model_config = ConfigDict(frozen=True)

    course_id: str
    after: str | None = None
    """The last student that was dealt with."""
    started_at: Instant | None = None
    """When its first page was read, by Immersio's clock."""
    processed: int = 0
    """Students that were read and taken over."""
    failed: int = 0
    """Students that were read and have no address we can use."""
    is_done: bool = False
    is_overtaken: bool = False
    """It is done because a reading that began later tells all that this one could, or because there is no roster."""
    errors: tuple[str, ...] = ()
    """Who failed and why; the first of them."""

    def failing(self, errors: list[str]) -> "RosterPull":
        kept = (*self.errors, *errors)[:MOST_ERRORS]
        return self.model_copy(update={"failed": self.failed + len(errors), "errors": kept})


def read_roster(tenant_id: int, pull: RosterPull) -> outbox.Message:
    """The roster of a course is to be read, from where this reading stands."""
    return _message(tenant_id, ROSTER, pull.model_dump(mode="json"))


def pull_of(message: outbox.Message) -> RosterPull:
    return RosterPull.model_validate(message.payload)


def end_course(tenant_id: int, course_id: str, at: datetime) -> outbox.Message:
    """Nobody is enrolled in a course any more as of then."""
    return _message(tenant_id, COURSE_ENDED, {"course_id": course_id, "at": clock.iso(at)})


def end_of(message: outbox.Message) -> tuple[str, datetime]:
    """The course, and as of when it is no more."""
    return str(message.payload["course_id"]), datetime.fromisoformat(message.payload["at"])


def tidy_whitelist(tenant_id: int, workshop_id: int) -> outbox.Message:
    """A workshop has another course, or follows it again: whom the roster listed may not belong there any more."""
    return _message(tenant_id, TIDY, {"workshop_id": workshop_id})


def workshop_of(message: outbox.Message) -> int:
    return int(message.payload["workshop_id"])


def _message(tenant_id: int, kind: str, payload: dict[str, Any]) -> outbox.Message:
    return outbox.message(tenant=str(tenant_id), queue=QUEUE, kind=kind, payload=payload)
