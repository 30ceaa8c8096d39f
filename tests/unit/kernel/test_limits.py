"""How often one caller may call."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from kernel import clock, keys, limits, table
from kernel.errors import RateLimited
from kernel.limits import Limit

TEN_PAST = datetime(2026, 12, 1, 15, 0, 10, tzinfo=UTC)
THREE = Limit(3, 60)


@pytest.fixture
def now(aws: None) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(TEN_PAST, tick=False) as traveller:
        yield traveller


def test_as_many_requests_pass_as_the_limit_says_and_the_next_is_told_how_long_to_wait(now: object) -> None:
    for _ in range(3):
        limits.spend(THREE, "account maple")
    with pytest.raises(RateLimited) as refused:
        limits.spend(THREE, "account maple")
    assert refused.value.retry_after_seconds == 50
    assert refused.value.details == {"limit": 3, "windowSeconds": 60}


def test_the_next_window_starts_from_nothing(now: time_machine.Traveller) -> None:
    for _ in range(3):
        limits.spend(THREE, "account maple")
    now.shift(50)
    limits.spend(THREE, "account maple")


def test_one_callers_requests_do_not_count_for_another(now: object) -> None:
    for _ in range(3):
        limits.spend(THREE, "account maple")
    limits.spend(THREE, "account harbor")


def test_a_window_is_forgotten_once_it_is_over(now: object) -> None:
    limits.spend(THREE, "account maple")
    row = table.get(keys.rate_window("account maple", clock.epoch(TEN_PAST) // 60))
    assert row
    assert clock.epoch(TEN_PAST) + 50 < row["ttl"] <= clock.epoch(TEN_PAST) + 50 + 60


def test_the_published_limits() -> None:
    """Specification, section 5."""
    published = [limits.PUBLIC, limits.AUTHENTICATED, limits.WEBHOOK, limits.FILE_UPLOAD, limits.SYNC]
    assert [(each.requests, each.window_seconds) for each in published] == [
        (100, 60),
        (1000, 60),
        (500, 60),
        (10, 60),
        (5, 3600),
    ]
