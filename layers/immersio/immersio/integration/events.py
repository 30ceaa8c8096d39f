"""What a school's Immersio is told: an event is committed with the change it tells of (INV-27)."""

from typing import Any

from kernel import outbox, table


def owed(tenant_id: int, event: str, data: dict[str, Any], sequence: int) -> table.Put:
    """The action that commits an event; `sequence` rises with every change of the thing it is about."""
    message = outbox.message(
        tenant=str(tenant_id), queue="immersio-webhooks", kind=event, payload=data, sequence=sequence
    )
    return outbox.put(message)


def tenant_of(message: outbox.Message) -> int:
    """The school whose event it is."""
    return int(message.tenant)
