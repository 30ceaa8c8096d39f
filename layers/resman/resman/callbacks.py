"""Telling the chatbot what became of a tour, at the callback its operator configured."""

import json

from kernel import clock, settings, webhooks
from kernel.outbox import Answer, Message
from resman import directory


def deliver(message: Message) -> Answer | None:
    """Post one `tour.updated` event, signed; a client without a callback is owed nothing."""
    account = directory.load_account(message.tenant)
    if account is None or account.callback_url is None:
        return None
    secret = settings.secret("TOURS_WEBHOOK_SECRET")["signing_secret"]
    try:
        return webhooks.post(account.callback_url, [secret], message, _body(message))
    except webhooks.Gone:
        directory.disable_callback(account.id, account.callback_url)
        raise


def _body(message: Message) -> bytes:
    """The same bytes at every attempt."""
    event = {"event": message.kind, "timestamp": clock.iso(message.created_at), "data": message.payload}
    return json.dumps(event, ensure_ascii=False).encode()
