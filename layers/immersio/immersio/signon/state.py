"""What goes to Immersio and comes back with the token: sealed by us, and tied to the browser that began.

It names the school and the page that were asked for, so that who comes back cannot be sent elsewhere. A cookie that no
script can read holds the same secret word: a state that somebody else began is worth nothing in this browser.
"""

import hmac
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from kernel import clock, ids, session, settings

LIFETIME = timedelta(minutes=10)
COOKIE = "booking-sign-on"
SECURE_COOKIE = f"__Host-{COOKIE}"


class Begun(NamedTuple):
    state: str
    cookie: str
    """As in `Set-Cookie`."""


def begin(tenant_id: int, page: str) -> Begun:
    word = ids.new_secret("signon")
    ends = clock.epoch(clock.now() + LIFETIME)
    sealed = session.seal({"tenant": tenant_id, "page": page, "word": word, "ends": ends}, _seal())
    return Begun(sealed, session.set_cookie(_cookie(), word, lifetime=LIFETIME))


def holds(state: str, tenant_id: int, page: str, cookies: Iterable[str]) -> bool:
    """Whether this browser began it, no longer ago than it may, for this school and this page."""
    begun = session.unseal(state, _seal()) or {}
    if (begun.get("tenant"), begun.get("page")) != (tenant_id, page):
        return False
    return clock.epoch(clock.now()) < begun["ends"] and _is_told(begun["word"], cookies)


def forgotten() -> str:
    """`Set-Cookie` for a browser that has come back."""
    return session.set_cookie(_cookie(), "", lifetime=timedelta(0))


def _is_told(word: str, cookies: Iterable[str]) -> bool:
    told = f"{_cookie()}={word}".encode()
    return any(hmac.compare_digest(told, cookie.strip().encode()) for cookie in cookies)


def _cookie() -> str:
    return COOKIE if settings.is_local() else SECURE_COOKIE


def _seal() -> str:
    """A key of its own, so that no session can pass for a state, nor a state for a session."""
    return ids.derived_secret("signonstate", settings.secret("SESSION_SECRET")["secret"])
