"""The messages of a reconciliation: so that each has time enough, and what one cannot do keeps no other back."""

from datetime import datetime, timedelta

from immersio.reconciling.model import SeatDrift, Usage
from immersio.seat.model import Place
from kernel import clock, outbox
from kernel.outbox import Message

QUEUE = "immersio-reconciliation"
BETWEEN_LOOKS = timedelta(minutes=2)
"""Longer than a function runs or an index is late, so what is the same at both looks is nobody's work in progress."""


def of_school(tenant_id: int) -> Message:
    return outbox.message(tenant=str(tenant_id), queue=QUEUE, kind="school", payload={})


def of_seats(tenant_id: int, workshop_ids: list[int], since: datetime, from_: datetime | None = None) -> Message:
    """Of several workshops since a moment; of the first, perhaps from a later one on."""
    payload = {"workshop_ids": workshop_ids, "since": clock.iso(since), "from": clock.iso(from_ or since)}
    return outbox.message(tenant=str(tenant_id), queue=QUEUE, kind="seats", payload=payload)


def of_occurrence(place: Place, seen: SeatDrift, looks: int) -> Message:
    """To look again at what seemed wrong."""
    where = {"workshop_id": place.workshop_id, "starts_at": clock.iso(place.starts_at)}
    return outbox.message(
        tenant=str(place.tenant_id),
        queue=QUEUE,
        kind="occurrence",
        payload={**where, "seen": seen.model_dump(mode="json"), "looks": looks},
        due_at=clock.now() + BETWEEN_LOOKS,
    )


def of_plan(tenant_id: int, seen: Usage | None = None, looks: int = 0) -> Message:
    return outbox.message(
        tenant=str(tenant_id),
        queue=QUEUE,
        kind="plan",
        payload={"seen": seen.model_dump(mode="json") if seen else None, "looks": looks},
        due_at=clock.now() + BETWEEN_LOOKS if looks else None,
    )


def place_of(message: Message) -> Place:
    told = message.payload
    return Place(int(message.tenant), int(told["workshop_id"]), datetime.fromisoformat(told["starts_at"]))
