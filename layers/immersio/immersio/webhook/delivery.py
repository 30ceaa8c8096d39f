"""Delivering one event to a school's Immersio, in the words of section 3 of the specification."""

import json
from typing import Any

from immersio.webhook import events, store
from kernel import clock, webhooks
from kernel.outbox import Message


def deliver(message: Message) -> None:
    """Post one event, signed; a school without a receiver is owed nothing."""
    receiver = store.load_receiver(events.tenant_of(message))
    if receiver is None or receiver.address is None:
        return
    secret = receiver.signing_secret(clock.now())
    try:
        webhooks.post(receiver.address, secret, message, _body(message))
    except webhooks.Gone:
        store.disable_receiver(receiver.tenant_id, receiver.address, clock.now())
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
