"""Sending one signed webhook: one attempt, never more; retries are the outbox's.

A callback's URL may hold a token, so what leaves this module names its host only (INV-26).
"""

import re
import time
from collections.abc import Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime

import requests

from kernel import clock, connections, destinations, signatures
from kernel.destinations import Destination
from kernel.errors import TemporarilyUnavailable
from kernel.outbox import Answer, Message
from kernel.queue import Answered, Undeliverable

LONGEST_SECONDS = (
    destinations.RESOLVE_SECONDS + connections.CONNECT_SECONDS + connections.ANSWER_SECONDS + connections.BODY_SECONDS
)
"""What one attempt may take, whatever the receiver does."""
KEPT_BYTES = 1024
"""Of what was answered, for those who look why it failed."""
LONGEST_WISH = timedelta(hours=24)
"""A receiver may not put us off for ever."""


class NotTaken(TemporarilyUnavailable, Answered):
    """The receiver did not take it, or could not be asked; it may do so later."""


class Gone(Undeliverable, Answered):
    """The receiver answered 410: it wants no more."""


def post(url: str, secrets: Sequence[str], message: Message, body: bytes) -> Answer:
    """Deliver or raise. A redirect is a failure and is not followed; `Retry-After` is honoured (INV-28)."""
    started = time.perf_counter()
    to = _checked(url, started)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "booking-webhooks/1",
        "X-Webhook-Sequence": str(message.sequence),
        **signatures.outgoing_headers(secrets, message.id, clock.now(), body),
    }
    answer, retry_after = _send(to, headers, body, started)
    if answer.status_code == 410:
        gone = Gone(f"{to.host} answered 410 Gone")
        gone.answer = answer
        raise gone
    if answer.status_code is None or not 200 <= answer.status_code < 300:
        raise _not_taken(f"{to.host} answered {answer.status_code}", answer, _seconds(retry_after))
    return answer


def _checked(url: str, started: float) -> Destination:
    """An address is not trusted for ever: its name may lead elsewhere by now (INV-29)."""
    try:
        return destinations.check(url)
    except destinations.Refused as refused:
        raise _not_taken(f"the receiver's address {refused}", _silence(started)) from None


def _send(to: Destination, headers: dict[str, str], body: bytes, started: float) -> tuple[Answer, str]:
    """What was answered, of its body the beginning, and its `Retry-After`."""
    limits = (connections.CONNECT_SECONDS, connections.ANSWER_SECONDS)
    try:
        with (
            connections.session(to) as session,
            session.post(
                to.url, data=body, headers=headers, timeout=limits, allow_redirects=False, stream=True
            ) as answer,
        ):
            duration = _milliseconds_since(started)
            text = connections.beginning(answer, KEPT_BYTES).decode(errors="replace")
            told = Answer(status_code=answer.status_code, duration_ms=duration, text=text)
            return told, answer.headers.get("Retry-After", "")
    except requests.RequestException as error:
        reason = f"{to.host} did not answer ({type(error).__name__})"
        raise _not_taken(reason, _silence(started)) from None


def _not_taken(reason: str, answer: Answer, retry_after_seconds: int | None = None) -> NotTaken:
    failure = NotTaken(reason, retry_after_seconds=retry_after_seconds)
    failure.answer = answer
    return failure


def _silence(started: float) -> Answer:
    return Answer(status_code=None, duration_ms=_milliseconds_since(started))


def _milliseconds_since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)


def _seconds(retry_after: str) -> int | None:
    """How long the receiver wishes to be left alone: seconds, or until a date; None if it makes no sense."""
    longest = int(LONGEST_WISH.total_seconds())
    if re.fullmatch(r"[0-9]{1,30}", retry_after):
        return min(int(retry_after), longest)
    try:
        wait = parsedate_to_datetime(retry_after) - clock.now()
    except (TypeError, ValueError):  # also of a date without a zone
        return None
    return max(0, min(int(wait.total_seconds()), longest))
