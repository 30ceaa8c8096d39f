"""How often one caller may call (specification, section 5): fixed windows, counted in the table for all functions.

A limit costs one call of the table, and none once this process knows that nothing is left of the window. While the
table does not count, everybody is let in: some calls too many for a while are better than none at all.
"""

from collections import Counter, OrderedDict
from dataclasses import dataclass
from functools import cache
from typing import Any

from kernel import clock, keys, table
from kernel.errors import RateLimited
from kernel.telemetry import count


@dataclass(frozen=True)
class Limit:
    name: str
    """As the headers of an answer call it."""
    requests: int
    window_seconds: int
    is_shared: bool = False
    """Counted for all who belong together, not for each of them."""


PUBLIC = Limit("public", 100, 60)
AUTHENTICATED = Limit("authenticated", 1000, 60)
WEBHOOK = Limit("webhook", 500, 60)
FILE_UPLOAD = Limit("upload", 10, 60, is_shared=True)
SYNC = Limit("sync", 5, 3600, is_shared=True)
INVITATIONS = Limit("invitations", 60, 3600)
"""Ours: each sends an e-mail to an address that somebody typed."""
REFUSED = Limit("refused", PUBLIC.requests, PUBLIC.window_seconds)
"""Ours: calls of those who are not let in, by address."""

MOST_REMEMBERED = 1000


@dataclass(frozen=True)
class Window:
    """The time within which one caller's calls are counted together."""

    limit: Limit
    scope: str
    number: int

    @property
    def key(self) -> keys.Key:
        return keys.rate_window(self.scope, self.number)

    @property
    def ends_at(self) -> int:
        return (self.number + 1) * self.limit.window_seconds

    @property
    def seconds_left(self) -> int:
        """At least one: for who waits, and reads this after its end, `0` would mean not to wait."""
        return max(self.ends_at - clock.epoch(clock.now()), 1)

    @property
    def policy(self) -> str:
        return f'"{self.limit.name}";q={self.limit.requests};w={self.limit.window_seconds}'

    def standing(self, left: int) -> str:
        return f'"{self.limit.name}";r={left};t={self.seconds_left}'


class Spending:
    """What the calls of one request spend, and what its answer tells of that."""

    def __init__(self) -> None:
        self._granted: Counter[tuple[Limit, str]] = Counter()
        self._left: dict[str, tuple[Window, int]] = {}

    def buy(self, limit: Limit, scope: str, calls: int = 1) -> None:
        """Count so many calls at once; those that there is room for may then be made."""
        window = Window(limit, scope, clock.epoch(clock.now()) // limit.window_seconds)
        room = _room(window, calls)
        if room is None:
            self._granted[limit, scope] += calls
            return
        granted = min(room, calls)
        self._granted[limit, scope] += granted
        self._left[limit.name] = window, room - granted

    def use(self, limit: Limit, scope: str) -> None:
        """Make one of the calls that were bought, or be told to wait."""
        if self._granted[limit, scope] > 0:
            self._granted[limit, scope] -= 1
            return
        window, _ = self._left[limit.name]
        raise RateLimited(
            f"More than {limit.requests} requests in {limit.window_seconds} seconds; "
            f"try again in {window.seconds_left} seconds",
            {"limit": limit.requests, "windowSeconds": limit.window_seconds},
            retry_after_seconds=window.seconds_left,
        )

    def spend(self, limit: Limit, scope: str) -> None:
        """Count one call, and make it or be told to wait."""
        self.buy(limit, scope)
        self.use(limit, scope)

    def told_with(self, answer: dict[str, Any]) -> dict[str, Any]:
        """The answer with the fields of draft-ietf-httpapi-ratelimit-headers-11, in which each limit is a member."""
        if not self._left:
            return answer
        told = {
            "ratelimit-policy": ", ".join(window.policy for window, _ in self._left.values()),
            "ratelimit": ", ".join(window.standing(left) for window, left in self._left.values()),
        }
        return {**answer, "headers": {**answer["headers"], **told}}


@cache
def used_up() -> OrderedDict[keys.Key, None]:
    """The windows that this process knows to be used up. They are never looked for again once they are over."""
    return OrderedDict()


def _room(window: Window, calls: int) -> int | None:
    """For how many calls there was room before these were counted; None where nobody can tell."""
    if window.key in used_up():
        return 0
    used = table.try_increment(window.key, "used", calls, expires_at=window.ends_at + 60)
    if used is None:
        count("LimiterUnavailable")
        return None
    if used >= window.limit.requests:
        _remember(window.key)
    return max(window.limit.requests - (used - calls), 0)


def _remember(key: keys.Key) -> None:
    used_up()[key] = None
    if len(used_up()) > MOST_REMEMBERED:
        used_up().popitem(last=False)
