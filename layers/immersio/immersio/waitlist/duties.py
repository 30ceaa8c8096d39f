"""Who may have to be offered a seat: messages that are committed with what gives a reason to look."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from immersio.seat.model import Place
from immersio.waitlist.model import Entry
from kernel import clock, outbox

QUEUE, KIND = "immersio-seats", "offer"
A_MOMENT = timedelta(seconds=1)
"""Until then whoever joined is usually done."""
LONGEST_JOINING = timedelta(minutes=2)
"""And by then surely, or dead: longer than the function can run."""


def look_after(entry: Entry) -> Iterator[outbox.Message]:
    """A seat may have been freed while they joined; whatever they left half done is put right."""
    for wait in (A_MOMENT, LONGEST_JOINING):
        yield look_at(entry.place, clock.now() + wait)


def look_at(place: Place, due_at: datetime) -> outbox.Message:
    """One class may have free seats then."""
    where = {"workshop_id": place.workshop_id, "starts_at": clock.iso(place.starts_at)}
    return _look(place.tenant_id, where, due_at)


def look_everywhere(tenant_id: int, workshop_id: int) -> outbox.Message:
    """All classes to come of a workshop may have free seats now."""
    return _look(tenant_id, {"workshop_id": workshop_id, "starts_at": None}, clock.now())


def place_of(message: outbox.Message) -> Place | None:
    """Where to look; None for all classes of `workshop_of`."""
    starts_at = message.payload["starts_at"]
    return Place(*workshop_of(message), datetime.fromisoformat(starts_at)) if starts_at else None


def workshop_of(message: outbox.Message) -> tuple[int, int]:
    """Its school, and its id."""
    return int(message.tenant), int(message.payload["workshop_id"])


def _look(tenant_id: int, payload: dict[str, object], due_at: datetime) -> outbox.Message:
    return outbox.message(tenant=str(tenant_id), queue=QUEUE, kind=KIND, payload=payload, due_at=due_at)
