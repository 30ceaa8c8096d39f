"""What a school's Immersio is told: an event is committed with the change it tells of (INV-27)."""

from immersio.webhook.bodies import EventData
from kernel import outbox

QUEUE = "immersio-webhooks"


def event(data: EventData, tenant_id: int, sequence: int) -> outbox.Message:
    """What is committed with a change; `sequence` rises with every change of the thing it is about."""
    payload = data.model_dump(mode="json")
    return outbox.message(
        tenant=str(tenant_id), queue=QUEUE, kind=data.EVENT, payload=payload, sequence=sequence, is_listed=True
    )


def tenant_of(message: outbox.Message) -> int:
    """The school whose event it is."""
    return int(message.tenant)
