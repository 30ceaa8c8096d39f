"""Keeping what is sold of a workshop as it is, for the moment in which somebody decides by it.

To look what is booked and then to write is not enough: a seat could be claimed in between, and a claim does not touch
the workshop's row, lest all occurrences share a lock. So the workshop is held first: from then on who reads it claims
nothing, and who has read it before fails, at the workshop's row or at the occurrence's. What is read of the seats after
that can only become less. A hold lasts for the few reads that takes; one whose holder died is outlived, and whoever
finds it ends it. Ending it raises the revision too, so that a holder who was only slow cannot write any more.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from immersio.seats import store as seats
from immersio.seats.model import Seats
from immersio.workshop import store
from immersio.workshop.model import Workshop
from kernel import clock
from kernel.errors import TemporarilyUnavailable, WorkshopNotFound

LONGEST = timedelta(seconds=30)


@dataclass(frozen=True)
class Held:
    workshop: Workshop
    coming: list[Seats]
    """Of the occurrences to come; no seat of theirs is claimed while this lasts."""


@contextmanager
def held(workshop: Workshop) -> Iterator[Held]:
    """Fails with `ConditionFailed` if the workshop is not as it was read; left by an error, the hold ends."""
    now = clock.now()
    holding = workshop.model_copy(update={"held_until": now + LONGEST, "revision": workshop.revision + 1})
    store.commit(store.hold(workshop, now + LONGEST))
    try:
        for each in seats.seats_since(workshop.tenant_id, workshop.id, now):
            seats.commit(seats.outdate(holding, each))
        yield Held(holding, seats.seats_since(workshop.tenant_id, workshop.id, now))
    except BaseException:
        _release(holding)
        raise


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
