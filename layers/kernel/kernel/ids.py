"""The one place ids and secrets are made."""

import base64
import hashlib
import hmac
import secrets
import threading
import uuid
from collections import deque
from datetime import UTC, datetime

from kernel import clock

FIRST_MILLISECOND = datetime(2024, 1, 1, tzinfo=UTC)
RANDOM_BITS = 12
"""A number is milliseconds and these; until 2093 JavaScript holds it exactly."""

_giving = threading.Lock()
_given: deque[int] = deque(maxlen=1000)
"""More than one transaction takes: within a millisecond chance alone would repeat a number now and then."""


def new(prefix: str) -> str:
    """An opaque id such as `tour_5f0c…`, unguessable and free of meaning."""
    return f"{prefix}_{uuid.uuid4().hex}"


def new_stamp() -> str:
    """Tells two versions of one thing apart; no more than that."""
    return secrets.token_hex(4)


def new_number() -> int:
    """A number in the order of time that JavaScript holds exactly.

    One process never gives the same number twice; two processes may, so rows are written only if not there.
    """
    milliseconds = round((clock.now() - FIRST_MILLISECOND).total_seconds() * 1000)
    number = milliseconds << RANDOM_BITS | secrets.randbits(RANDOM_BITS)
    with _giving:
        while number in _given:
            number += 1
        _given.append(number)
    return number


def derived(prefix: str, *seed: str) -> str:
    """The same opaque id for the same seed, so that a repeated request cannot make a second thing."""
    digest = hashlib.sha256("\x1f".join(seed).encode()).hexdigest()
    return f"{prefix}_{digest[:32]}"


def new_secret(prefix: str) -> str:
    """A credential with 256 bits of randomness, shown once and then only compared."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def new_signing_secret() -> str:
    """A key for webhook signatures in the form of Standard Webhooks: `whsec_` and 32 random bytes in base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def derived_secret(prefix: str, key: str, *seed: str) -> str:
    """A credential that holders of the key can make again at any time, so that it need not be kept to be sent."""
    if not key:
        raise ValueError("the key of derived secrets is empty: anyone could make one")
    digest = hmac.digest(key.encode(), "\x1f".join((prefix, *seed)).encode(), hashlib.sha256)
    return f"{prefix}_{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def fingerprint(secret: str) -> str:
    """What is stored of a credential that is only ever compared (INV-26)."""
    return hashlib.sha256(secret.encode()).hexdigest()
