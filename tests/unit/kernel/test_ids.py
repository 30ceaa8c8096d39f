"""Ids that are numbers: JavaScript holds them exactly, and later ones are larger."""

from datetime import UTC, datetime, timedelta

import time_machine

from kernel import ids
from kernel.superjson import LARGEST_SAFE_INTEGER


def test_a_number_is_safe_in_javascript_until_2093() -> None:
    with time_machine.travel(datetime(2093, 1, 1, tzinfo=UTC), tick=False):
        assert 0 < ids.new_number() <= LARGEST_SAFE_INTEGER


def test_what_is_made_later_has_a_larger_number() -> None:
    start = datetime(2026, 12, 1, tzinfo=UTC)
    numbers = []
    for milliseconds in range(50):
        with time_machine.travel(start + timedelta(milliseconds=milliseconds), tick=False):
            numbers.append(ids.new_number())
    assert numbers == sorted(set(numbers))


def test_one_process_never_gives_a_number_twice() -> None:
    """A school and all its people are one transaction, made within one millisecond."""
    with time_machine.travel(datetime(2026, 12, 1, tzinfo=UTC), tick=False):
        numbers = [ids.new_number() for _ in range(1000)]
    assert len(set(numbers)) == 1000
