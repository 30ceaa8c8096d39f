"""The rules of tours and properties."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kernel.errors import IllegalStatusChange
from resman.diary import slot
from resman.model import CELL, NEXT_STATUSES, Tour, TourStatus, cells
from resman.property import Opening, Property, TourType
from tests.support.tours import JONAS, MARIA, TUESDAY_TWO_PM, a_property, a_tour

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
UTC_TIMES = st.timedeltas(timedelta(0), timedelta(days=365)).map(lambda later: datetime(2026, 1, 1, tzinfo=UTC) + later)
FINAL = [TourStatus.COMPLETED, TourStatus.CANCELLED, TourStatus.NO_SHOW, TourStatus.FAILED]
REQUESTS = st.lists(st.sampled_from(list(TourStatus)), max_size=8)


@given(requests=REQUESTS, start=st.sampled_from([TourStatus.PENDING_SYNC, TourStatus.CONFIRMED]))
def test_after_any_requests_a_final_tour_stays_as_it_is(requests: list[TourStatus], start: TourStatus) -> None:
    """INV-36"""
    tour = a_tour(status=start)
    for wanted in requests:
        if wanted in (tour.status, *NEXT_STATUSES[tour.status]):
            after = tour.with_status(wanted, "client", NOW)
            assert after == tour or (after.revision, after.state_changed_at) == (tour.revision + 1, NOW)
            assert after == tour or not tour.is_final
            tour = after
        else:
            with pytest.raises(IllegalStatusChange) as refusal:
                tour.with_status(wanted, "client", NOW)
            assert refusal.value.details == {"status": tour.status, "allowed": [*NEXT_STATUSES[tour.status]]}


@pytest.mark.parametrize("status", TourStatus)
def test_a_status_it_has_already_changes_nothing(status: TourStatus) -> None:
    tour = a_tour(status=status)
    assert tour.with_status(status, "client", NOW) is tour


@pytest.mark.parametrize("status", [TourStatus.CONFIRMED, TourStatus.FAILED, TourStatus.PENDING_SYNC])
def test_nobody_can_ask_for_what_is_resmans_answer(status: TourStatus) -> None:
    for current in TourStatus:
        assert status not in NEXT_STATUSES[current]


@pytest.mark.parametrize("status", FINAL)
def test_a_refusal_of_a_final_status_says_so(status: TourStatus) -> None:
    wanted = TourStatus.CANCELLED if status is not TourStatus.CANCELLED else TourStatus.COMPLETED
    with pytest.raises(IllegalStatusChange, match=f"{status} is final"):
        a_tour(status=status).with_status(wanted, "client", NOW)


def test_who_cancelled_is_kept() -> None:
    assert a_tour().with_status(TourStatus.CANCELLED, "resman", NOW).cancelled_by == "resman"
    assert a_tour().with_status(TourStatus.COMPLETED, "resman", NOW).cancelled_by is None


def test_a_move_waits_for_resman_and_remembers_what_was_confirmed() -> None:
    tour, house = a_tour(), a_property()
    once = tour.moved(_slot(house, 1), NOW)
    twice = once.moved(_slot(house, 2), NOW)
    assert (once.status, once.moved_from) == (TourStatus.PENDING_SYNC, tour.slot)
    assert twice.moved_from == tour.slot, "the confirmed slot, not the one in between"
    confirmed = twice.confirmed(NOW)
    assert (confirmed.status, confirmed.moved_from) == (TourStatus.CONFIRMED, None)
    assert confirmed.starts_at == TUESDAY_TWO_PM + timedelta(hours=2)


def test_a_move_that_resman_never_takes_ends_in_the_slot_it_began_at() -> None:
    tour = a_tour()
    back = tour.moved(_slot(a_property(), 1), NOW).given_up(NOW)
    assert (back.status, back.slot, back.moved_from) == (TourStatus.CONFIRMED, tour.slot, None)


def test_a_booking_that_resman_never_takes_fails() -> None:
    tour = a_tour(status=TourStatus.PENDING_SYNC)
    assert tour.given_up(NOW).status is TourStatus.FAILED
    assert tour.moved(_slot(a_property(), 1), NOW).given_up(NOW).status is TourStatus.FAILED


def test_a_tour_cancelled_while_it_moves_is_cancelled_at_the_time_people_know() -> None:
    tour = a_tour()
    cancelled = tour.moved(_slot(a_property(), 1), NOW).with_status(TourStatus.CANCELLED, "client", NOW)
    assert (cancelled.slot, cancelled.moved_from) == (tour.slot, None)


@given(starts_at=UTC_TIMES, minutes=st.integers(1, 48).map(lambda n: 5 * n))
def test_cells_cover_the_time_and_no_cell_beside_it(starts_at: datetime, minutes: int) -> None:
    found, ends_at = list(cells(starts_at, minutes)), starts_at + timedelta(minutes=minutes)
    assert found[0] <= starts_at < found[0] + CELL
    assert found[-1] < ends_at <= found[-1] + CELL
    assert all(later - earlier == CELL for earlier, later in pairwise(found))
    assert all(cell.minute % 5 == 0 and cell.second == cell.microsecond == 0 for cell in found)


@given(one=UTC_TIMES, apart=st.timedeltas(timedelta(0), timedelta(hours=2)))
def test_two_tours_that_overlap_share_a_cell(one: datetime, apart: timedelta) -> None:
    """INV-34: so that the conditional write cannot let both pass."""
    first, second = a_tour(starts_at=one), a_tour(starts_at=one + apart)
    if apart < timedelta(minutes=45):
        assert not set(first.cells).isdisjoint(second.cells)
    elif apart >= timedelta(minutes=50):
        assert set(first.cells).isdisjoint(second.cells)


def test_another_guide_or_another_time_is_another_slot() -> None:
    tour = a_tour()
    assert not tour.takes_other_time_than(a_tour(staff_notes="x"))
    assert tour.takes_other_time_than(a_tour(lane=JONAS.id, staff=JONAS))
    assert tour.takes_other_time_than(a_tour(starts_at=TUESDAY_TWO_PM + CELL))


def test_a_tour_survives_being_written_down() -> None:
    tour = a_tour().moved(_slot(a_property(), 1), NOW)
    assert Tour.model_validate(tour.model_dump(mode="json")) == tour


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "America"])
def test_a_zone_nobody_knows_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError, match="IANA zone"):
        a_property(timezone=zone)


@pytest.mark.parametrize(
    "changes",
    [
        {"staff": ()},
        {"slot_minutes": 7},
        {"offers": {"in_person": {"instructions": "", "duration_minutes": 33}}},
        {"offers": {"in_person": {"instructions": "", "buffer_minutes": 1000}}},
        {"leasing_hours": {"tuesday": [{"opens": "18:00", "closes": "09:00"}]}},
        {"leasing_hours": {"tuesday": [{"opens": "09:00", "closes": "09:00"}]}},
        {"leasing_hours": {"someday": []}},
        {"colour": "blue"},
        {"colour": "#12345"},
        {"leasing_email": "nobody"},
        {"timezon": "UTC"},
    ],
)
def test_a_property_that_could_not_give_tours_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        a_property(**changes)


def test_a_property_knows_its_openings_holidays_and_staff() -> None:
    house = a_property(holidays=(date(2026, 12, 8),))
    assert [len(house.openings(date(2026, 12, day))) for day in (1, 2, 8)] == [1, 0, 0]
    assert isinstance(house.openings(date(2026, 12, 1))[0], Opening)
    assert (house.staff_member(MARIA.id), house.staff_member("self-guided-1")) == (MARIA, None)


def _slot(house: Property, hours_later: int) -> Any:
    return slot(house, TourType.IN_PERSON, TUESDAY_TWO_PM + timedelta(hours=hours_later), JONAS.id, NOW)
