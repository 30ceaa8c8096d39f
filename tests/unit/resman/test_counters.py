"""Which counters a change moves."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resman import counters
from resman.diary import slot
from resman.model import Outcome, TourStatus
from resman.property import TourType
from tests.support.tours import JONAS, TUESDAY_TWO_PM, a_property, a_tour

HOUSE = a_property()
NOW = TUESDAY_TWO_PM - timedelta(hours=25, minutes=30, seconds=59)


def test_a_booking_counts_once_in_all_and_in_each_dimension() -> None:
    assert counters.of_booking(a_tour(), HOUSE, NOW) == {
        "booked": 1,
        "booked|type|in_person": 1,
        "booked|staff|Maria Alvarez": 1,
        "booked|weekday|tuesday": 1,
        "booked|hour|14": 1,
        "lead_minutes": 25 * 60 + 30,
    }


def test_weekday_and_hour_are_those_at_the_property() -> None:
    """Two in the afternoon in Texas is Wednesday morning in New Zealand."""
    counted = counters.of_booking(a_tour(), a_property(timezone="Pacific/Auckland"), NOW)
    assert {"booked|weekday|wednesday", "booked|hour|09"} <= set(counted)


@pytest.mark.parametrize("status", counters.OF_STATUS)
def test_reaching_a_status_counts_once_and_staying_there_does_not(status: TourStatus) -> None:
    before = a_tour(status=TourStatus.PENDING_SYNC)
    after = before.model_copy(update={"status": status})
    name = counters.OF_STATUS[status]
    counted = counters.of_change(before, after, HOUSE)
    assert {key.partition("|")[0] for key in counted} == {name}
    assert counted[name] == 1
    assert all(sum(n for key, n in counted.items() if key.startswith(f"{name}|{d}|")) == 1 for d in counters.DIMENSIONS)
    assert counters.of_change(after, after, HOUSE) == {}


def test_a_move_counts_when_resman_has_taken_it_and_confirms_nothing_anew() -> None:
    tour = a_tour()
    later = slot(HOUSE, TourType.IN_PERSON, TUESDAY_TWO_PM + timedelta(hours=1), JONAS.id, NOW)
    moved = tour.moved(later, NOW)
    assert counters.of_change(tour, moved, HOUSE) == {}
    assert counters.of_change(moved, moved.confirmed(NOW), HOUSE) == {"rescheduled": 1}
    assert counters.of_change(moved, moved.given_up(NOW), HOUSE) == {}, "back where it was"


def test_a_booking_moved_before_resman_took_it_is_confirmed_once_and_not_rescheduled() -> None:
    kept = a_tour(status=TourStatus.PENDING_SYNC)
    later = slot(HOUSE, TourType.IN_PERSON, TUESDAY_TWO_PM + timedelta(hours=1), JONAS.id, NOW)
    moved = kept.moved(later, NOW)
    assert counters.of_change(kept, moved, HOUSE) == {}
    counted = counters.of_change(moved, moved.confirmed(NOW), HOUSE)
    assert (counted["confirmed"], counted["rescheduled"]) == (1, 0)


@given(outcomes=st.lists(st.sampled_from([None, *Outcome]), min_size=1, max_size=10))
def test_after_any_corrections_exactly_the_last_outcome_is_counted(outcomes: list[Outcome | None]) -> None:
    total: Counter[str] = Counter()
    tour = a_tour(status=TourStatus.COMPLETED)
    for outcome in outcomes:
        after = tour.model_copy(update={"outcome": outcome})
        total.update(counters.of_change(tour, after, HOUSE))
        tour = after
    assert {name: n for name, n in total.items() if n} == ({f"outcome|is|{outcomes[-1]}": 1} if outcomes[-1] else {})


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("booked", None),
        ("lead_minutes", None),
        ("booked|hour|14", ("booked", "hour", "14")),
        ("booked|staff|Ann | Bob", ("booked", "staff", "Ann | Bob")),
    ],
)
def test_a_name_is_taken_apart_as_it_was_made(name: str, parts: tuple[str, str, str] | None) -> None:
    assert counters.split(name) == parts
