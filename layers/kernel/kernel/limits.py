"""How often one caller may call (specification, section 5). A fixed window, counted per caller."""

from dataclasses import dataclass

from kernel import clock, keys, table
from kernel.errors import RateLimited


@dataclass(frozen=True)
class Limit:
    requests: int
    window_seconds: int
    is_shared: bool = False
    """Counted for all who belong together, not for each of them."""


PUBLIC = Limit(100, 60)
AUTHENTICATED = Limit(1000, 60)
WEBHOOK = Limit(500, 60)
FILE_UPLOAD = Limit(10, 60, is_shared=True)
SYNC = Limit(5, 3600, is_shared=True)
INVITATIONS = Limit(60, 3600)
"""Ours: each sends an e-mail to an address that somebody typed."""


def spend(limit: Limit, scope: str) -> None:
    """Count one request of this caller, or refuse it with the seconds to wait."""
    now = clock.epoch(clock.now())
    window = now // limit.window_seconds
    ends_at = (window + 1) * limit.window_seconds
    used = table.increment(keys.rate_window(scope, window), "used", expires_at=ends_at + 60)
    if used > limit.requests:
        raise RateLimited(
            f"More than {limit.requests} requests in {limit.window_seconds} seconds; "
            f"try again in {ends_at - now} seconds",
            {"limit": limit.requests, "windowSeconds": limit.window_seconds},
            retry_after_seconds=ends_at - now,
        )
