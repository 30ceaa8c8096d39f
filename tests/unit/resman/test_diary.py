"""When a tour can begin and who can give it, in any zone and on any day."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kernel.errors import InvalidInput
from resman.diary import Day, HeldAppointment, in_dst_gap, requested_start, slot, starts
from resman.model import CELL, cells
from resman.property import WEEKDAYS, Opening, Property, StaffMember, TourOffer, TourType
from tests.support.tours import a_property

ZONES = st.sampled_from(sorted(available_timezones() - {"localtime", "Factory"}))
DAYS = st.dates(date(2000, 1, 2), date(2060, 12, 30))
IN_PERSON, VIRTUAL, SELF_GUIDED = TourType.IN_PERSON, TourType.VIRTUAL, TourType.SELF_GUIDED
TUESDAY = date(2026, 12, 1)
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
"""In a property whose zone is UTC."""


@st.composite
def leasing_hours(draw: st.DrawFn) -> tuple[Opening, ...]:
    """One or two stretches of a day, in order and apart."""
    bounds = draw(st.lists(st.integers(0, 287), min_size=2, max_size=4, unique=True).map(sorted))
    clocks = [time(bound // 12, bound % 12 * 5) for bound in bounds[: len(bounds) // 2 * 2]]
    return tuple(Opening(opens=opens, closes=closes) for opens, closes in zip(clocks[::2], clocks[1::2], strict=True))


def _open_daily(openings: tuple[Opening, ...], **changes: Any) -> Property:
    return a_property(leasing_hours=dict.fromkeys(WEEKDAYS, openings), **changes)


def _offers(**changes: Any) -> dict[TourType, TourOffer]:
    return {kind: TourOffer(instructions="", **changes) for kind in TourType}


def _person(id_: str, priority: int = 0) -> StaffMember:
    return StaffMember(id=id_, name=id_.title(), email=f"{id_}@example.com", priority=priority)


def _house(*people: StaffMember, buffer: int = 15, capacity: int = 2) -> Property:
    return _open_daily(
        (Opening(opens=time(9), closes=time(18)),),
        timezone="UTC",
        staff=people or (_person("ada"), _person("bea"), _person("cyd")),
        offers=_offers(buffer_minutes=buffer, capacity=capacity),
    )


def _taken(starts_at: datetime, by: str, minutes: int = 45) -> dict[datetime, str]:
    return dict.fromkeys(cells(starts_at, minutes), by)


@given(
    zone=ZONES,
    day=DAYS,
    openings=leasing_hours(),
    step=st.sampled_from([5, 15, 30, 60]),
    minutes=st.sampled_from([5, 30, 120]),
)
@example("America/Chicago", date(2027, 3, 14), (Opening(opens=time(0), closes=time(6)),), 30, 30)
@example("America/Chicago", date(2026, 11, 1), (Opening(opens=time(0), closes=time(6)),), 30, 30)
@example("Australia/Lord_Howe", date(2026, 10, 4), (Opening(opens=time(1), closes=time(4)),), 5, 30)
@example("Pacific/Apia", date(2011, 12, 30), (Opening(opens=time(9), closes=time(18)),), 30, 30)
def test_starts_lie_within_leasing_hours_by_the_clock_on_the_wall(
    zone: str, day: date, openings: tuple[Opening, ...], step: int, minutes: int
) -> None:
    """INV-32, for tours: of any zone and any day, also those on which the clocks change."""
    house = _open_daily(openings, timezone=zone, slot_minutes=step, offers=_offers(duration_minutes=minutes))
    offered = list(starts(house, day, IN_PERSON))
    assert offered == sorted(set(offered)), "in order, each instant once"
    for start in offered:
        wall = house.local(start).replace(tzinfo=None)
        assert wall.date() == day
        assert not in_dst_gap(house, wall)
        [within] = [opening for opening in openings if opening.opens <= wall.time() < opening.closes]
        assert wall + timedelta(minutes=minutes) <= datetime.combine(day, within.closes)
        since_opening = wall - datetime.combine(day, within.opens)
        assert since_opening % timedelta(minutes=step) == timedelta(0)


@given(zone=ZONES, day=DAYS, openings=leasing_hours())
def test_every_start_that_fits_is_offered_unless_the_clocks_skip_it(
    zone: str, day: date, openings: tuple[Opening, ...]
) -> None:
    house = _open_daily(openings, timezone=zone)
    fitting = [
        datetime.combine(day, opening.opens) + number * timedelta(minutes=30)
        for opening in openings
        for number in range(48)
        if datetime.combine(day, opening.opens) + (number + 1) * timedelta(minutes=30)
        <= datetime.combine(day, opening.closes)
    ]
    walls = [house.local(start).replace(tzinfo=None) for start in starts(house, day, IN_PERSON)]
    assert walls == [wall for wall in fitting if _exists(house, wall)]


@given(zone=ZONES, day=DAYS, openings=leasing_hours())
def test_what_is_offered_can_be_asked_for_by_the_clock_on_the_wall(
    zone: str, day: date, openings: tuple[Opening, ...]
) -> None:
    house = _open_daily(openings, timezone=zone)
    now = datetime.combine(day, time(), UTC) - timedelta(days=3)
    for start in starts(house, day, IN_PERSON):
        wall = house.local(start)
        assert requested_start(house, day, wall.time(), IN_PERSON, now, field="at") == start


def test_an_hour_that_comes_twice_means_its_first_time() -> None:
    house = _open_daily((Opening(opens=time(0), closes=time(6)),))
    first = requested_start(
        house, date(2026, 11, 1), time(1, 30), IN_PERSON, datetime(2026, 10, 20, tzinfo=UTC), field="at"
    )
    assert first == datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "CDT, not CST"


@given(
    zone=ZONES,
    day=DAYS,
    at=st.times() | st.sampled_from([time(9), time(13, 30)]),
    ahead=st.timedeltas(timedelta(days=-100), timedelta(days=100)),
)
def test_any_wish_is_a_start_that_is_offered_or_names_its_field(
    zone: str, day: date, at: time, ahead: timedelta
) -> None:
    house = _open_daily((Opening(opens=time(9), closes=time(18)),), timezone=zone)
    now = datetime.combine(day, at, UTC) - ahead
    bookable = [
        start
        for start in starts(house, day, IN_PERSON)
        if timedelta(minutes=60) <= start - now <= timedelta(days=60) and house.local(start).time() == at
    ]
    if bookable:
        assert [requested_start(house, day, at, IN_PERSON, now, field="at")] == bookable
    else:
        with pytest.raises(InvalidInput, match=r"^at: "):
            requested_start(house, day, at, IN_PERSON, now, field="at")


@pytest.mark.parametrize(
    ("minutes_ahead", "words"),
    [(-1, "past"), (0, "past"), (1, "60 minutes"), (59, "60 minutes"), (60 * 24 * 60 + 1, "60 days")],
)
def test_a_wish_too_soon_or_too_late_is_told_the_limit(minutes_ahead: int, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        requested_start(_house(), TUESDAY, time(12), IN_PERSON, NOON - timedelta(minutes=minutes_ahead), field="at")


@pytest.mark.parametrize("minutes_ahead", [60, 60 * 24 * 60])
def test_the_limits_themselves_are_allowed(minutes_ahead: int) -> None:
    now = NOON - timedelta(minutes=minutes_ahead)
    assert requested_start(_house(), TUESDAY, time(12), IN_PERSON, now, field="at") == NOON


def test_a_closed_day_and_a_holiday_have_no_starts() -> None:
    house = a_property(holidays=(TUESDAY,))
    assert list(starts(house, TUESDAY, IN_PERSON)) == []
    assert list(starts(house, TUESDAY + timedelta(days=1), IN_PERSON)) == []
    assert list(starts(house, TUESDAY + timedelta(days=7), IN_PERSON))


@pytest.mark.parametrize(("minutes_after", "is_free"), [(-45, True), (-40, False), (0, False), (40, False), (45, True)])
def test_a_tour_takes_its_duration_and_its_buffer_and_no_minute_more(minutes_after: int, is_free: bool) -> None:
    day = Day(_house(_person("ada")), TUESDAY, {"ada": _taken(NOON, "tour_1")})
    lanes = day.free_lanes(NOON + timedelta(minutes=minutes_after), IN_PERSON)
    assert lanes == (["ada"] if is_free else [])


def test_without_a_buffer_tours_follow_each_other() -> None:
    day = Day(_house(_person("ada"), buffer=0), TUESDAY, {"ada": _taken(NOON, "tour_1", 30)})
    assert day.free_lanes(NOON + timedelta(minutes=30), IN_PERSON) == ["ada"]
    assert day.free_lanes(NOON - timedelta(minutes=30), IN_PERSON) == ["ada"]
    assert day.free_lanes(NOON + timedelta(minutes=25), IN_PERSON) == []


@given(
    taken=st.lists(st.tuples(st.sampled_from(["ada", "bea", "cyd"]), st.integers(0, 100)), max_size=6),
    held=st.lists(st.tuples(st.sampled_from(["ada", "bea", "cyd", None]), st.integers(0, 100)), max_size=6),
    wanted=st.integers(0, 100),
)
def test_a_lane_is_free_exactly_if_nothing_overlaps_and_nobodys_appointments_take_one_each(
    taken: list[tuple[str, int]], held: list[tuple[str | None, int]], wanted: int
) -> None:
    """Reckoned here minute by minute, without cells."""
    claims: dict[str, dict[datetime, str]] = {}
    for number, (lane, grid) in enumerate(taken):
        claims.setdefault(lane, {}).update(_taken(_at(grid), f"tour_{number}"))
    appointments = tuple(HeldAppointment(person, _at(grid)) for person, grid in held)
    day = Day(_house(), TUESDAY, claims, appointments)

    busy = {lane for lane, grid in [*taken, *held] if lane and abs(grid - wanted) < 9}
    unnamed = sum(person is None and abs(grid - wanted) < 9 for person, grid in held)
    free = day.free_lanes(_at(wanted), IN_PERSON)
    assert set(free) <= {"ada", "bea", "cyd"} - busy
    assert len(free) == max(0, 3 - len(busy) - unnamed)


def test_a_tour_that_moves_does_not_stand_in_its_own_way() -> None:
    claims = {"ada": _taken(NOON, "tour_1")}
    appointments = (HeldAppointment("ada", NOON, "tour_1"),)
    later = NOON + timedelta(minutes=15)
    assert Day(_house(_person("ada")), TUESDAY, claims, appointments).free_lanes(later, IN_PERSON) == []
    assert Day(_house(_person("ada")), TUESDAY, claims, appointments, own="tour_1").free_lanes(later, IN_PERSON)


def test_our_own_claim_is_the_fresher_word_on_where_our_tour_is() -> None:
    """ResMan may still hold it at its old time."""
    moved = {"ada": _taken(NOON + timedelta(hours=2), "tour_1")}
    day = Day(_house(_person("ada")), TUESDAY, moved, (HeldAppointment("ada", NOON, "tour_1"),))
    assert day.free_lanes(NOON, IN_PERSON) == ["ada"]


def test_what_resman_holds_of_ours_and_we_do_not_takes_its_time() -> None:
    day = Day(_house(_person("ada")), TUESDAY, {}, (HeldAppointment("ada", NOON, "tour_1"),))
    assert day.free_lanes(NOON, IN_PERSON) == []


def test_self_guided_tours_are_limited_by_capacity_alone() -> None:
    held = (HeldAppointment("ada", NOON), HeldAppointment(None, NOON))
    day = Day(_house(_person("ada")), TUESDAY, {"self-guided-1": _taken(NOON, "tour_1")}, held)
    assert day.free_lanes(NOON, SELF_GUIDED) == ["self-guided-2"]
    assert day.free_lanes(NOON, IN_PERSON) == []


def test_a_guide_who_left_according_to_resman_is_not_asked_and_unknown_staff_means_all() -> None:
    assert Day(_house(), TUESDAY, {}, employees=frozenset({"bea", "zoe"})).free_lanes(NOON, IN_PERSON) == ["bea"]
    assert Day(_house(), TUESDAY, {}, employees=frozenset()).free_lanes(NOON, IN_PERSON) == []
    assert len(Day(_house(), TUESDAY, {}, employees=None).free_lanes(NOON, IN_PERSON)) == 3


def test_priority_comes_first_then_who_has_fewest_tours_that_day() -> None:
    house = _house(_person("ada", 1), _person("bea", 1), _person("cyd", 2))
    morning = NOON - timedelta(hours=3)
    claims = {"ada": _taken(morning, "tour_1")}
    assert Day(house, TUESDAY, claims).free_lanes(NOON, IN_PERSON) == ["bea", "ada", "cyd"]
    held = (HeldAppointment("bea", morning), HeldAppointment("bea", morning + timedelta(hours=1)))
    assert Day(house, TUESDAY, claims, held).free_lanes(NOON, IN_PERSON) == ["ada", "bea", "cyd"]
    assert Day(house, TUESDAY, claims, own="tour_1").free_lanes(NOON, IN_PERSON)[-1] == "cyd"


def test_among_equals_everybodys_turn_comes_round() -> None:
    first = [Day(_house(), TUESDAY + timedelta(n), {}).free_lanes(NOON + timedelta(n), IN_PERSON)[0] for n in range(6)]
    assert sorted(first) == ["ada", "ada", "bea", "bea", "cyd", "cyd"]
    assert len(set(first[:3])) == 3


def test_free_starts_name_who_would_give_the_tour_from_a_moment_on() -> None:
    day = Day(_house(_person("ada")), TUESDAY, {"ada": _taken(NOON, "tour_1")})
    free = list(day.free_starts(IN_PERSON, NOON - timedelta(hours=1)))
    assert [f"{start:%H:%M}" for start, _ in free] == [
        "11:00", "13:00", "13:30", "14:00", "14:30", "15:00", "15:30", "16:00", "16:30", "17:00", "17:30",
    ]  # fmt: skip
    assert {lane for _, lane in free} == {"ada"}


def test_a_slot_is_what_the_property_offers_today() -> None:
    now = NOON - timedelta(days=1)
    given_ = slot(_house(buffer=20), VIRTUAL, NOON, "bea", now)
    assert given_.model_dump() | {"staff": given_.staff and given_.staff.id} == {
        "type": VIRTUAL,
        "starts_at": "2026-12-01T12:00:00.000Z",
        "day": TUESDAY,
        "duration_minutes": 30,
        "buffer_minutes": 20,
        "lane": "bea",
        "staff": "bea",
        "slot_since": "2026-11-30T12:00:00.000Z",
        "holds_slot": True,
    }
    assert slot(_house(), SELF_GUIDED, NOON, "self-guided-1", now).staff is None


def _at(grid: int) -> datetime:
    return NOON + grid * CELL


def _exists(house: Property, wall: datetime) -> bool:
    """Some instant shows this time on the wall: looked for over the whole day around it."""
    around = wall.replace(tzinfo=UTC)
    offsets = {house.local(around + timedelta(hours=hours)).utcoffset() or timedelta(0) for hours in range(-48, 49, 6)}
    return any(house.local((wall - offset).replace(tzinfo=UTC)).replace(tzinfo=None) == wall for offset in offsets)
