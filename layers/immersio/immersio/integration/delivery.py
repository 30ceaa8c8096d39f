"""Delivering one event to a school's Immersio, in the words of section 3 of the specification."""

import json
from typing import Any

from immersio.integration import events, store
from kernel import clock, webhooks
from kernel.outbox import Message


def deliver(message: Message) -> None:
    """Post one event, signed; a school without a receiver is owed nothing."""
    integration = store.load_integration(events.tenant_of(message))
    if integration is None or integration.receiver is None:
        return
    secret = integration.signing_secret(clock.now())
    try:
        webhooks.post(integration.receiver, secret, message, _body(message))
    except webhooks.Gone:
        store.disable_receiver(integration.tenant_id, integration.receiver, clock.now())
        raise


def _body(message: Message) -> bytes:
    """The same bytes at every attempt; the table does not keep the order of the fields."""
    event = {
        "event": message.kind,
        "timestamp": clock.iso_seconds(message.created_at),
        "data": _in_order(message.payload),
    }
    return json.dumps(event, ensure_ascii=False).encode()


def _in_order(payload: dict[str, Any]) -> Any:
    return json.loads(json.dumps(payload, sort_keys=True))
