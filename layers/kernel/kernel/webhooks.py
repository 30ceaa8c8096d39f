"""Sending one signed webhook: one attempt, never more; retries are the outbox's.

A callback's URL may hold a token, so what leaves this module names its host only (INV-26).
"""

import requests

from kernel import clock, connections, destinations, signatures
from kernel.destinations import Destination
from kernel.errors import TemporarilyUnavailable
from kernel.outbox import Message
from kernel.queue import Undeliverable

LONGEST_SECONDS = destinations.RESOLVE_SECONDS + connections.CONNECT_SECONDS + connections.ANSWER_SECONDS
"""What one attempt may take, whatever the receiver does."""


class Gone(Undeliverable):
    """The receiver answered 410: it wants no more."""


def post(url: str, secret: str, message: Message, body: bytes) -> None:
    """Deliver or raise. A redirect is a failure and is not followed; `Retry-After` is honoured (INV-28)."""
    to = _checked(url)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "booking-webhooks/1",
        "X-Webhook-Sequence": str(message.sequence),
        **signatures.outgoing_headers(secret, message.id, clock.now(), body),
    }
    status, retry_after = _send(to, headers, body)
    if status == 410:
        raise Gone(f"{to.host} answered 410 Gone")
    if not 200 <= status < 300:
        raise TemporarilyUnavailable(f"{to.host} answered {status}", retry_after_seconds=_seconds(retry_after))


def _checked(url: str) -> Destination:
    """An address is not trusted for ever: its name may lead elsewhere by now (INV-29)."""
    try:
        return destinations.check(url)
    except destinations.Refused as refused:
        raise TemporarilyUnavailable(f"the receiver's address {refused}") from None


def _send(to: Destination, headers: dict[str, str], body: bytes) -> tuple[int, str]:
    """The status and `Retry-After` of the answer, whose body is not read."""
    limits = (connections.CONNECT_SECONDS, connections.ANSWER_SECONDS)
    try:
        with (
            connections.session(to) as session,
            session.post(
                to.url, data=body, headers=headers, timeout=limits, allow_redirects=False, stream=True
            ) as answer,
        ):
            return answer.status_code, answer.headers.get("Retry-After", "")
    except requests.RequestException as error:
        raise TemporarilyUnavailable(f"{to.host} did not answer ({type(error).__name__})") from None


def _seconds(retry_after: str) -> int | None:
    return int(retry_after) if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 7 else None
