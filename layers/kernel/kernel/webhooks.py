"""Sending one signed webhook: one attempt, never more; retries are the outbox's."""

import requests

from kernel import clock, signatures
from kernel.errors import TemporarilyUnavailable
from kernel.outbox import Message
from kernel.queue import Undeliverable

TIMEOUT = (3.05, 10)
"""Seconds to connect, and to wait for each part of the answer."""


class Gone(Undeliverable):
    """The receiver answered 410: it wants no more."""


def post(url: str, secret: str, message: Message, body: bytes) -> None:
    """Deliver or raise. A redirect is a failure and is not followed; `Retry-After` is honoured (INV-28)."""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "booking-webhooks/1",
        "X-Webhook-Sequence": str(message.sequence),
        **signatures.outgoing_headers(secret, message.id, clock.now(), body),
    }
    with requests.post(url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
        status, retry_after = answer.status_code, answer.headers.get("Retry-After", "")
    if status == 410:
        raise Gone(f"{url} answered 410 Gone")
    if not 200 <= status < 300:
        raise TemporarilyUnavailable(f"{url} answered {status}", retry_after_seconds=_seconds(retry_after))


def _seconds(retry_after: str) -> int | None:
    return int(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 7 else None
