"""What a school's Immersio is told: an event is committed with the change it tells of (INV-27)."""

from typing import Any

from kernel import outbox

QUEUE = "immersio-webhooks"


def event(name: str, tenant_id: int, data: dict[str, Any], sequence: int) -> outbox.Message:
    """What is committed with a change; `sequence` rises with every change of the thing it is about."""
    return outbox.message(
        tenant=str(tenant_id), queue=QUEUE, kind=name, payload=data, sequence=sequence, is_listed=True
    )


def tenant_of(message: outbox.Message) -> int:
    """The school whose event it is."""
    return int(message.tenant)
