"""The keys that Immersio publishes, with which its tokens are verified.

They are kept for a while and asked for anew when they are old, or when a token names one that is not among them, so a
rotation is followed at once. Whoever invents key ids cannot make us ask all the time.
"""

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import jwt
import requests
from urllib3.exceptions import HTTPError

from kernel import clock, settings
from kernel.errors import ImmersioUnavailable
from kernel.telemetry import logger

FRESH = timedelta(minutes=10)
LONGEST_KEPT = timedelta(hours=1)
"""While Immersio does not answer; a key that it has withdrawn meanwhile is believed for as long."""
PAUSE = timedelta(seconds=30)
PAUSE_AFTER_FAILURE = timedelta(seconds=5)
CONNECT_SECONDS, READ_SECONDS = 2, 3
TOTAL_SECONDS = 6
"""For all of an answer, however it drips; everybody who signs in waits for it."""
LARGEST_ANSWER = 64 * 1024
PIECE = 8 * 1024
ALGORITHM = "RS256"
NEVER = datetime.min.replace(tzinfo=UTC)


class PublishedKeys:
    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str, jwt.PyJWK] = {}
        self._taken_at = self._asked_at = NEVER
        self._is_answered = False
        self._asking = threading.Lock()

    def find(self, key_id: str) -> jwt.PyJWK | None:
        """The key of this id; None if Immersio has none, which it must have been asked for."""
        with self._asking:
            if not self._knows(key_id, FRESH) and self._may_ask():
                self._ask()
            if self._knows(key_id, LONGEST_KEPT):
                return self._keys[key_id]
            if not self._is_answered:
                raise ImmersioUnavailable(
                    "Immersio does not tell the keys of its tokens; try again in a moment",
                    retry_after_seconds=int(PAUSE_AFTER_FAILURE.total_seconds()),
                )
            return None

    def _knows(self, key_id: str, within: timedelta) -> bool:
        return key_id in self._keys and clock.now() < self._taken_at + within

    def _may_ask(self) -> bool:
        return clock.now() >= self._asked_at + (PAUSE if self._is_answered else PAUSE_AFTER_FAILURE)

    def _ask(self) -> None:
        self._asked_at = clock.now()
        try:
            self._keys = _published(self._url)
        except (requests.RequestException, HTTPError, jwt.PyJWTError, ValueError, RecursionError) as failure:
            logger.warning("Immersio's keys cannot be read", extra={"reason": type(failure).__name__})
            self._is_answered = False
        else:
            self._taken_at, self._is_answered = self._asked_at, True


def find(key_id: str) -> jwt.PyJWK | None:
    return published_at(settings.get("IMMERSIO_SIGN_ON_URL")).find(key_id)


@cache
def published_at(base_url: str) -> PublishedKeys:
    """Kept for the life of the process."""
    return PublishedKeys(f"{base_url}/.well-known/jwks.json")


def _published(url: str) -> dict[str, jwt.PyJWK]:
    """The keys for signatures of the one kind that is taken, by their ids."""
    ends_at = time.monotonic() + TOTAL_SECONDS
    with requests.Session() as http:
        http.trust_env = False
        answer = http.get(url, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False, stream=True)
        if answer.status_code != 200:
            raise ValueError(f"answered {answer.status_code}")
        keys = jwt.PyJWKSet.from_dict(_body(answer, ends_at))
    return {str(key.key_id): key for key in keys if key.key_id and _signs(key)}


def _body(answer: requests.Response, ends_at: float) -> dict[str, Any]:
    """No more of it than keys would take, and no longer than they may take."""
    told = b""
    while piece := answer.raw.read1(PIECE, decode_content=True):  # whatever has come; a larger piece may never
        told += piece
        if len(told) > LARGEST_ANSWER or time.monotonic() > ends_at:
            raise ValueError("too long")
    body = json.loads(told)
    if not isinstance(body, dict):
        raise ValueError("no object")  # noqa: TRY004 - any answer that is none of theirs is handled alike
    return body


def _signs(key: jwt.PyJWK) -> bool:
    return key.algorithm_name == ALGORITHM and key.public_key_use in {None, "sig"}
