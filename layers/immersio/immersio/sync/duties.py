"""The messages of syncs: each step of one is another message, and each school that is due has its own."""

from datetime import datetime

from immersio.sync.model import Sync
from kernel import ids, outbox
from kernel.outbox import Message

QUEUE = "immersio-sync"


def of_step(sync: Sync, due_at: datetime | None = None) -> Message:
    """The step that is next."""
    payload = {"sync_id": sync.id, "step": sync.step}
    return outbox.message(tenant=str(sync.tenant_id), queue=QUEUE, kind="step", payload=payload, due_at=due_at)


def of_school(tenant_id: int, *, is_full: bool) -> Message:
    """To begin one; its id is given now, so that this message begins no second one."""
    payload = {"sync_id": ids.new_number(), "is_full": is_full}
    return outbox.message(tenant=str(tenant_id), queue=QUEUE, kind="school", payload=payload)
