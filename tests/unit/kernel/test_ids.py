"""Ids that are numbers: JavaScript holds them exactly, and later ones are larger."""

from datetime import UTC, datetime, timedelta

import pytest
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


def test_a_derived_secret_is_the_same_only_for_the_same_key_and_seed() -> None:
    """INV-26: it is made again where it is needed, and kept nowhere."""
    made = ids.derived_secret("invite", "key", "1", "23")
    assert made == ids.derived_secret("invite", "key", "1", "23")
    others = [("invite", "key", "12", "3"), ("invite", "other key", "1", "23"), ("reset", "key", "1", "23")]
    assert len({made.partition("_")[2], *(ids.derived_secret(*other).partition("_")[2] for other in others)}) == 4


def test_nothing_is_derived_from_an_empty_key() -> None:
    with pytest.raises(ValueError, match="empty"):
        ids.derived_secret("invite", "", "1")
