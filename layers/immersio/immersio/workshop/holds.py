"""Keeping what is sold of a workshop as it is, for the moment in which somebody decides by it.

To look what is booked and then to write is not enough: a seat could be claimed in between, and a claim does not touch
the workshop's row, lest all occurrences share a lock. So the workshop is held first, and who claims a seat looks at it
again after: a claim that was made before the hold looked is seen by it, and one that was made later finds the hold, or
what came of it, and is given back. A hold lasts for the few reads that takes; one whose holder died is outlived, and
whoever finds it ends it. Ending it raises the revision too, so that a holder who was only slow cannot write any more.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from immersio.schedule.model import LAST_DATE
from immersio.seat import store as seats
from immersio.workshop import store
from immersio.workshop.model import Workshop
from kernel import clock
from kernel.errors import TemporarilyUnavailable, WorkshopNotFound

LONGEST = timedelta(seconds=30)


@dataclass(frozen=True)
class Taken:
    """The seats of an occurrence to come that are held or sold."""

    starts_at: datetime
    seats: int


@dataclass(frozen=True)
class Held:
    workshop: Workshop
    taken: list[Taken]
    """No more than these, as long as this lasts."""


@contextmanager
def held(workshop: Workshop) -> Iterator[Held]:
    """Fails with `ConditionFailed` if the workshop is not as it was read; left by an error, the hold ends."""
    until = clock.now() + LONGEST
    holding = workshop.model_copy(update={"held_until": until, "revision": workshop.revision + 1})
    store.commit(store.hold(workshop, until))
    try:
        yield Held(holding, taken_seats(workshop))
    except BaseException:
        _release(holding)
        raise


def taken_seats(workshop: Workshop) -> list[Taken]:
    """Of the occurrences to come that were ever booked, in order of time."""
    end = datetime.combine(LAST_DATE, time.max, tzinfo=UTC)
    found = seats.occupancies_between(workshop.tenant_id, workshop.id, clock.now(), end)
    return [Taken(place.starts_at, occupancy.taken) for place, occupancy in found]


def unheld(workshop: Workshop) -> Workshop:
    """The workshop, for a claim to go by; a hold that was outlived is ended."""
    if workshop.held_until is None:
        return workshop
    if workshop.held_until > clock.now():
        message = "This workshop is being changed just now; try again in a moment"
        raise TemporarilyUnavailable(message, retry_after_seconds=1)
    _release(workshop)
    again = store.load_workshop(workshop.tenant_id, workshop.id)
    if again is None:
        raise WorkshopNotFound("This workshop does not exist any more")
    return unheld(again)


def _release(holding: Workshop) -> None:
    with suppress(store.ConditionFailed):
        store.commit(store.release(holding))
