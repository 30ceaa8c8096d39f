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


def test_numbers_of_one_millisecond_differ_for_the_most_part() -> None:
    with time_machine.travel(datetime(2026, 12, 1, tzinfo=UTC), tick=False):
        assert len({ids.new_number() for _ in range(100)}) > 50
