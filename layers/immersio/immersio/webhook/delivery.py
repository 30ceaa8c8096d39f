"""Delivering one event to a school's Immersio, in the words of section 3 of the specification."""

import json
from typing import Any

from immersio.notices import duties as notices
from immersio.webhook import events, store
from immersio.webhook.model import Receiver
from kernel import clock, outbox, webhooks
from kernel.outbox import Answer, Message
from kernel.queue import NobodyToTell
from kernel.telemetry import count, logger


def deliver(message: Message) -> Answer:
    """Post one event, signed; a receiver that wants no more, or has failed for days, is switched off."""
    tenant_id = events.tenant_of(message)
    receiver = store.load_receiver(tenant_id)
    if receiver is None or receiver.address is None:
        raise NobodyToTell(store.still_nobody(tenant_id))
    try:
        answer = webhooks.post(receiver.address, receiver.signing_secrets(clock.now()), message, _body(message))
    except webhooks.Gone:
        _switch_off(receiver)
        raise
    except webhooks.NotTaken:
        _failed(receiver)
        raise
    if receiver.is_failing:
        store.note_working(receiver)
    return answer


def _failed(receiver: Receiver) -> None:
    now = clock.now()
    if receiver.is_given_up(now):
        _switch_off(receiver)
    elif not receiver.is_failing:
        store.note_failing(receiver, now)


def _switch_off(receiver: Receiver) -> None:
    """The owners are told of it in the same commit, and so once."""
    now = clock.now()
    notice = notices.told_no_more(receiver.tenant_id, now, receiver.failing_since)
    try:
        store.commit(store.disabled(receiver, now), outbox.put(notice))
    except store.ConditionFailed:
        return  # another attempt did it, or the school has set another address
    logger.warning("a receiver is told no more", extra={"tenant": receiver.tenant_id})
    count("ReceiverDisabled")


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
