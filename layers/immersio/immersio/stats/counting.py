"""How a change comes to be counted: told by a message that is committed with it, counted by a worker, once.

All who book share the rows of the counters. So none of them is in the transaction of a booking, where two bookings of
one moment would stand in each other's way; the message is a row of its own.
"""

from pydantic import TypeAdapter

from immersio.stats import store
from immersio.stats.model import Booked, Change
from kernel import outbox

QUEUE = "immersio-statistics"
_CHANGE: TypeAdapter[Change] = TypeAdapter(Change)


def to_count(change: Change) -> outbox.Message:
    return outbox.message(
        tenant=str(change.tenant_id), queue=QUEUE, kind=change.kind, payload=change.model_dump(mode="json")
    )


def deliver(message: outbox.Message) -> None:
    """Count the change that such a message tells of."""
    record(_CHANGE.validate_python(message.payload))


def record(change: Change) -> None:
    """Count a change; once, however often it is told."""
    actions = store.counted(change)
    first_time = store.new_student(change) if isinstance(change, Booked) else []
    for attempt in ([*actions, *first_time], actions):
        try:
            store.commit(*attempt)
        except store.ConditionFailed as failure:
            if failure.failed(0):
                return
            continue  # the student is known
        return
