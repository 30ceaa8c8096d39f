"""A claim that has run out goes to who asks first: to somebody else, or to its owner who comes back for it."""

from datetime import UTC, datetime, timedelta

import pytest

from immersio.booking.settling import settle
from immersio.seat import service, store
from immersio.seat.model import Place, Wish
from kernel import clock
from kernel.errors import NoSeatsAvailable
from tests.support.lists import meanwhile

PLACE = Place(1, 2, datetime(2026, 12, 1, 14, tzinfo=UTC))
READING = "before-call.dynamodb.GetItem"


@pytest.fixture(autouse=True)
def run_out(aws: None) -> None:
    """Ada died before she could commit, and that was the only seat."""
    store.claim(PLACE, Wish("ada", "ada@example.com"), clock.now() - timedelta(seconds=1), seats=1)


def take(name: str) -> None:
    service.take(PLACE, Wish(name, f"{name}@example.com"), 1, settle)


def holders() -> set[str]:
    return set(store.load_occupancy(PLACE).claims)


def test_somebody_else_gets_it() -> None:
    """INV-12"""
    take("bo")
    assert holders() == {"bo"}
    with pytest.raises(NoSeatsAvailable):
        take("ada")


def test_its_owner_who_comes_back_has_it_for_as_long_as_at_first() -> None:
    """INV-01: they are about to commit, so nobody else may find it run out."""
    take("ada")
    with pytest.raises(NoSeatsAvailable):
        take("bo")
    assert holders() == {"ada"}


@pytest.mark.parametrize("reads_before", range(4))
def test_whoever_comes_between_two_looks_of_the_other_exactly_one_has_it(reads_before: int) -> None:
    """INV-01"""
    got: list[str] = []

    def try_to_take(name: str) -> None:
        try:
            take(name)
        except NoSeatsAvailable:
            return
        got.append(name)

    with meanwhile(*[lambda: None] * reads_before, lambda: try_to_take("ada"), event=READING):
        try_to_take("bo")
    assert len(got) == 1
    assert holders() == set(got)
