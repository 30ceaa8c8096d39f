"""How Immersio is called: time limits, a few tries with jitter, and its own clock. What is said is not known here.

requests is loaded with the first question: procedures that ask nothing start without it.
"""

import json
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from math import ceil
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from kernel import clock, settings
from kernel.errors import ImmersioNotConnected, ImmersioUnavailable
from kernel.telemetry import logger

if TYPE_CHECKING:
    from requests import Response, Session


@dataclass(frozen=True)
class Patience:
    """How long Immersio is waited for: a caller of ours has less than 30 seconds, and may ask more than once."""

    connect_seconds: float = 2
    read_seconds: float = 5
    total_seconds: float = 10
    """For one question with all its tries."""
    attempts: int = 3
    first_pause_seconds: float = 0.3
    longest_pause_seconds: float = 2


PATIENCE = Patience()
LARGEST_ANSWER = 4 * 1024 * 1024
LONGEST_RETRY_AFTER = 3600
PIECE = 64 * 1024
NOT_FOUND = 404


class KeyRefused(ImmersioNotConnected):
    """Immersio does not take the key, or not for what was asked."""


class NoAnswer(ImmersioUnavailable):
    """A time-out, a failing server or one that has enough of us for the moment: worth another try at once."""


class Unintelligible(ImmersioUnavailable):
    """An answer, but none that Immersio gives: asking again at once would not help."""

    def __init__(self, what: str) -> None:
        logger.error("Immersio's answer is not what we know of its API", extra={"reason": what})
        super().__init__(f"Immersio {what}; nothing was changed")


class NotThere(Exception):
    """What was asked for does not exist, or not for this key."""

    def __init__(self, as_of: datetime) -> None:
        super().__init__("Immersio answered 404")
        self.as_of = as_of


@dataclass(frozen=True)
class Answer:
    body: dict[str, Any]
    as_of: datetime


def get(api_key: str, *path: str, **query: str) -> Answer:
    """Ask, and ask again, until there is an answer or the time is up."""
    if not all(map(_is_one_step, path)):
        raise NotThere(clock.now())
    url = "/".join([settings.get("IMMERSIO_BASE_URL").rstrip("/"), "v1", *(quote(part, safe="") for part in path)])
    ends_at = time.monotonic() + PATIENCE.total_seconds
    retrying = Retrying(
        retry=retry_if_exception_type(NoAnswer),
        stop=stop_after_attempt(PATIENCE.attempts) | stop_before_delay(PATIENCE.total_seconds),
        wait=_pause,
        reraise=True,
    )
    return retrying(_ask, url, api_key, query, ends_at)


def _is_one_step(part: str) -> bool:
    """An id that holds a slash, or is dots, could lead to another of Immersio's methods, however it is written."""
    return not set(part) & set("/\\") and part not in {".", ".."}


def _pause(state: RetryCallState) -> float:
    """A growing random pause, or as long as Immersio asks for."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after_seconds if isinstance(error, NoAnswer) else None
    jitter = wait_random_exponential(PATIENCE.first_pause_seconds, PATIENCE.longest_pause_seconds)
    return max(jitter(state), float(asked or 0))


def _ask(url: str, api_key: str, query: dict[str, str], ends_at: float) -> Answer:
    import requests
    from urllib3.exceptions import HTTPError

    asked_at, left = clock.now(), ends_at - time.monotonic()
    if left <= 0:
        raise _no_answer("there was no time left")
    limits = (min(PATIENCE.connect_seconds, left), min(PATIENCE.read_seconds, left))
    headers = {"Authorization": f"Bearer {api_key}", "Accept": "application/json"}
    try:
        with closing(
            _session().get(url, params=query, headers=headers, timeout=limits, allow_redirects=False, stream=True)
        ) as response:
            _check(response)
            as_of = _read_at(response, asked_at)
            if response.status_code == NOT_FOUND:
                raise NotThere(as_of)
            return Answer(_json(_content(response, ends_at)), as_of)
    except (requests.RequestException, HTTPError) as error:
        raise _no_answer(type(error).__name__) from None


def _check(response: "Response") -> None:
    status = response.status_code
    if status in (401, 403):
        raise KeyRefused("Immersio refuses your school's API key; make a new one there, and connect again with it")
    if status in (408, 425, 429) or status >= 500:
        raise _no_answer(f"HTTP {status}", _retry_after(response.headers))
    if status not in (200, NOT_FOUND):
        raise Unintelligible(f"answered with HTTP {status}")


def _no_answer(reason: str, retry_after_seconds: int | None = None) -> NoAnswer:
    logger.warning("Immersio did not answer", extra={"reason": reason})
    message = "Immersio does not answer right now; nothing was changed. Try again in a moment"
    return NoAnswer(message, retry_after_seconds=retry_after_seconds)


def _content(response: "Response", ends_at: float) -> bytes:
    """Not for longer than the caller has, and not more than a page can be."""
    content = bytearray()
    while piece := response.raw.read1(PIECE, decode_content=True):  # whatever has come; a larger piece may never
        content += piece
        if len(content) > LARGEST_ANSWER:
            raise Unintelligible("answered with more than a page can be")
        if time.monotonic() > ends_at:
            raise _no_answer("the answer took too long")
    return bytes(content)


def _json(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        raise Unintelligible("answered with something that is no JSON") from None
    if not isinstance(body, dict):
        raise Unintelligible("answered with something that is no JSON object")
    return body


def _read_at(response: "Response", asked_at: datetime) -> datetime:
    """What is told is surely no older than this: Immersio's clock when it answered, less the seconds it took to.

    All are whole seconds, as the times of its events are, and those that it took are rounded up. Where Immersio does
    not tell the time, the moment in which we asked stands for it.
    """
    told = _http_date(response.headers.get("Date", ""))
    return told - timedelta(seconds=ceil(response.elapsed.total_seconds())) if told else asked_at


def _retry_after(headers: Mapping[str, str]) -> int | None:
    asked = headers.get("Retry-After", "")
    if asked.isascii() and asked.isdigit():
        return min(int(asked[:9]), LONGEST_RETRY_AFTER)
    until = _http_date(asked)
    return min(max(round((until - clock.now()).total_seconds()), 0), LONGEST_RETRY_AFTER) if until else None


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


class _OfThread(threading.local):
    """A session for each thread: requests does not promise that one may be shared."""

    session: "Session | None" = None


_of_thread = _OfThread()


def _session() -> "Session":
    import requests

    if _of_thread.session is None:
        _of_thread.session = requests.Session()
        _of_thread.session.trust_env = False  # a .netrc would put its own credentials over the key
    return _of_thread.session
