"""Keys: different things never share a row, whatever somebody typed."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import clock, keys
from kernel.superjson import LARGEST_SAFE_INTEGER

Call = tuple[Callable[..., Any], tuple[Any, ...]]

TYPED = st.text(alphabet="#%235aAPROPTYDIENK@.", max_size=12) | st.sampled_from(
    ["a#PROPERTY#p", "a%23PROPERTY", "PROPERTY", "TOUR", "OUTBOX", "IDEMPOTENCY", "%25", "%2523", "", "#", "DIARY"]
)
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
NUMBER = st.integers(0, 99)
DAY = st.dates(date(2026, 1, 1), date(2026, 1, 9))
MONTH = st.sampled_from([date(2025, 12, 1), date(2026, 1, 1), date(2026, 11, 1)])
ALIKE = st.none() | TYPED
INSTANT = st.integers(0, 3).map(lambda milliseconds: FIRST + timedelta(milliseconds=milliseconds))
PARTS: dict[Callable[..., Any], tuple[st.SearchStrategy[Any], ...]] = {
    keys.api_key: (TYPED,),
    keys.account: (TYPED,),
    keys.property_: (TYPED, TYPED),
    keys.tour: (TYPED, TYPED),
    keys.diary_lane: (TYPED, TYPED, DAY, TYPED),
    keys.prospect: (TYPED, TYPED, TYPED),
    keys.availability: (TYPED, TYPED, DAY),
    keys.poll_cursor: (TYPED, TYPED),
    keys.metrics_day: (TYPED, TYPED, DAY),
    keys.tenant: (NUMBER,),
    keys.tenant_usage: (NUMBER,),
    keys.tenant_slug: (TYPED,),
    keys.integration: (NUMBER,),
    keys.landing_page: (NUMBER,),
    keys.receiver: (NUMBER,),
    keys.immersio_organization: (TYPED,),
    keys.course: (NUMBER, TYPED),
    keys.immersio_course: (TYPED,),
    keys.enrolment: (NUMBER, TYPED, TYPED),
    keys.changed_student: (TYPED,),
    keys.immersio_event: (TYPED,),
    keys.running_sync: (NUMBER,),
    keys.sync: (NUMBER, NUMBER),
    keys.immersio_user: (NUMBER, TYPED),
    keys.signon_token: (NUMBER, TYPED),
    keys.user: (NUMBER,),
    keys.email: (TYPED,),
    keys.membership: (NUMBER, NUMBER),
    keys.username: (NUMBER, TYPED),
    keys.invite: (NUMBER, TYPED),
    keys.invite_token: (TYPED,),
    keys.schedules: (NUMBER, NUMBER),
    keys.schedule: (NUMBER, NUMBER, NUMBER),
    keys.workshop: (NUMBER, NUMBER),
    keys.workshop_slug: (NUMBER, TYPED),
    keys.listed_workshop: (NUMBER, ALIKE, st.none() | NUMBER, ALIKE, NUMBER),
    keys.workshop_count: (NUMBER, ALIKE, st.none() | NUMBER, ALIKE),
    keys.occurrence: (NUMBER, NUMBER, INSTANT),
    keys.waitlist_entry: (NUMBER, NUMBER, INSTANT, NUMBER),
    keys.waitlist_address: (NUMBER, NUMBER, INSTANT, TYPED),
    keys.whitelist: (NUMBER, NUMBER),
    keys.whitelist_generation: (NUMBER, NUMBER, NUMBER),
    keys.whitelist_entry: (NUMBER, NUMBER, NUMBER, TYPED),
    keys.booking: (NUMBER, TYPED),
    keys.booking_index: (NUMBER, NUMBER, TYPED, TYPED, st.builds(keys.booking_sort, INSTANT, NUMBER)),
    keys.stripe_credentials: (NUMBER,),
    keys.stripe_account: (TYPED,),
    keys.stats_day: (NUMBER, DAY, NUMBER),
    keys.stats_month: (NUMBER, MONTH, NUMBER),
    keys.stats_totals: (NUMBER,),
    keys.stats_change: (NUMBER, TYPED),
    keys.stats_student: (NUMBER, TYPED),
    keys.outbox: (TYPED, TYPED),
    keys.idempotency: (TYPED, TYPED, TYPED),
    keys.rate_window: (TYPED, st.integers(0, 99)),
}
CALLS: st.SearchStrategy[Call] = st.sampled_from(list(PARTS)).flatmap(
    lambda key: st.tuples(st.just(key), st.tuples(*PARTS[key]))
)


@given(one=CALLS, other=CALLS)
def test_no_two_things_have_the_same_key(one: Call, other: Call) -> None:
    """A `#` or a `%` in an id or an address cannot forge another's key (INV-23)."""
    assert (_key(one) == _key(other)) == (one == other)


@pytest.mark.parametrize("make", PARTS)
def test_no_id_can_pass_for_two_parts_of_a_key(make: Callable[..., Any]) -> None:
    """INV-23: `a#TOUR#b` and `c` is not `a` and `b#TOUR#c`; what stands between two parts is read off a real key."""
    for position in range(len(PARTS[make]) - 1):
        if PARTS[make][position] is PARTS[make][position + 1] is TYPED:
            between = _key((make, _parts(make, position, "\x01", "\x02")))[0].partition("\x01")[2].partition("\x02")[0]
            one = make(*_parts(make, position, f"a{between}b", "c"))
            assert one != make(*_parts(make, position, "a", f"b{between}c"))


@pytest.mark.parametrize("make", PARTS)
def test_an_escape_cannot_be_typed(make: Callable[..., Any]) -> None:
    """INV-23: `a%23b` is not `a#b`."""
    typed = [position for position, kind in enumerate(PARTS[make]) if kind is TYPED]
    for position in typed:
        one, other, third = (_parts(make, position, text) for text in ("a#b", "a%23b", "a%2523b"))
        assert len({tuple(make(*one)), tuple(make(*other)), tuple(make(*third))}) == 3


@given(lane=st.text(max_size=20))
def test_a_lane_is_read_back_from_its_key(lane: str) -> None:
    assert keys.lane_of(keys.diary_lane("a", "p", date(2026, 12, 1), lane).sk) == lane


@given(days=st.lists(DAY, min_size=2))
def test_metrics_of_days_stand_in_the_order_of_days(days: list[date]) -> None:
    assert [keys.metrics_sort(day) for day in sorted(days)] == sorted(map(keys.metrics_sort, days))


@given(ids=st.lists(st.integers(1, LARGEST_SAFE_INTEGER), min_size=2))
def test_staff_stand_in_the_order_of_their_ids(ids: list[int]) -> None:
    assert [keys.team_sort(user_id) for user_id in sorted(ids)] == sorted(map(keys.team_sort, ids))


@given(span=st.tuples(DAY, DAY).map(sorted), day=DAY, workshop_id=st.integers(1, 2**53))
def test_the_statistics_of_days_are_found_between_their_first_and_last(
    span: list[date], day: date, workshop_id: int
) -> None:
    first, last = span
    lower, upper = keys.stats_days(first, last)
    assert (lower <= keys.stats_day(1, day, workshop_id).sk <= upper) == (first <= day <= last)
    lower, upper = keys.stats_months(first, last)
    assert lower <= keys.stats_month(1, first, workshop_id).sk <= upper
    assert not lower <= keys.stats_month(1, date(2026, 2, 1), workshop_id).sk <= upper


def test_messages_spread_over_all_shards_and_wait_in_the_order_of_time() -> None:
    now = clock.now()
    entries = [keys.outbox_index(f"msg_{n}", now + timedelta(minutes=n)) for n in range(200)]
    assert {entry.gsi1pk for entry in entries} == set(map(keys.outbox_shard, range(keys.OUTBOX_SHARDS)))
    assert [entry.gsi1sk for entry in entries] == sorted(entry.gsi1sk for entry in entries)


def _parts(make: Callable[..., Any], position: int, *texts: str) -> tuple[Any, ...]:
    """Arguments with these texts from a position on, and a letter or a plain value elsewhere."""
    values = {DAY: date(2026, 1, 1), INSTANT: FIRST, TYPED: "x", ALIKE: "x"}
    plain = [values.get(kind, 1) for kind in PARTS[make]]
    return (*plain[:position], *texts, *plain[position + len(texts) :])


def _key(call: Call) -> Any:
    make, parts = call
    return tuple(make(*parts))
