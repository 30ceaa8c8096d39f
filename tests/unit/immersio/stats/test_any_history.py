"""Whatever happens at a school, told in any order and any number of times: its statistics are a simple count's."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from immersio.stats.counting import record
from immersio.stats.model import Change
from kernel import table
from kernel.keys import Key
from tests.support import schools as school_worlds
from tests.support import world as worlds
from tests.support.inside import mocked
from tests.support.schools import Schools
from tests.support.stats import DAY, HOUR, NOW, Seat, stats

BERLIN = ZoneInfo("Europe/Berlin")


@dataclass
class Story:
    """What became of one booking."""

    workshop_id: int
    booked_at: datetime
    ends_at: datetime
    moved_to: datetime | None
    cancelled_at: datetime | None
    currency: str | None
    amount: int
    refund: int
    student: int

    def changes(self, schools: Schools, uid: str) -> Iterator[Change]:
        student = f"student{self.student}@example.com"
        seat = Seat(
            schools.academy,
            uid,
            workshop_id=self.workshop_id,
            ends_at=self.ends_at,
            currency=self.currency,
            student=student,
        )
        yield seat.booked(self.booked_at)
        if self.currency:
            yield seat.paid(self.amount, self.booked_at)
        if self.moved_to:
            yield seat.moved(self.moved_to, self.booked_at)
        if self.cancelled_at:
            yield seat.cancelled(self.cancelled_at)
            if self.currency:
                yield seat.refunded(self.refund, self.cancelled_at)


def before(instant: datetime, days: int) -> st.SearchStrategy[datetime]:
    minutes = st.integers(0, days * 24 * 60) | st.sampled_from([0, 30, 12 * 60 + 30, 12 * 60 + 31])
    return minutes.map(lambda minutes: instant - timedelta(minutes=minutes))


@st.composite
def stories(draw: st.DrawFn) -> Story:
    booked_at = draw(before(NOW, 800))
    ends_at = booked_at + timedelta(minutes=draw(st.integers(15, 60 * 24 * 60)))
    moved_to = draw(st.none() | st.just(ends_at + 7 * DAY) | st.just(ends_at + HOUR))
    cancelled_at = draw(st.none() | before(NOW, (NOW - booked_at).days))
    amount = draw(st.integers(1, 9000))
    return Story(
        workshop_id=draw(st.integers(1, 3)),
        booked_at=booked_at,
        ends_at=ends_at,
        moved_to=moved_to,
        cancelled_at=cancelled_at,
        currency=draw(st.sampled_from([None, "EUR", "EUR", "JPY"])),
        amount=amount,
        refund=draw(st.integers(0, amount)),
        student=draw(st.integers(1, 3)),
    )


def days_of(asked: dict[str, datetime]) -> Any:
    """Whether an instant lies on a day that is asked for."""
    first, last = (asked[name].astimezone(BERLIN).date() for name in ("startDate", "endDate"))
    return lambda instant: first <= instant.astimezone(BERLIN).date() <= last


def counted(told: list[Story], asked: dict[str, datetime]) -> dict[str, Any]:
    """The same by going over every booking there ever was."""
    within = days_of(asked)
    booked = [one for one in told if within(one.booked_at)]
    cancelled = [one for one in told if one.cancelled_at and within(one.cancelled_at)]
    lasting = [(one.moved_to or one.ends_at) for one in told if not one.cancelled_at]
    money = [(one.workshop_id, one.currency, one.amount) for one in booked if one.currency]
    money += [(one.workshop_id, one.currency, -one.refund) for one in cancelled if one.currency]
    revenue = {each: sum(amount for _, currency, amount in money if currency == each) for each in ("EUR", "JPY")}
    paid = {each: sum(1 for one in booked if one.currency == each) for each in revenue}
    seen = [each for each in revenue if any(currency == each for _, currency, _ in money)]
    main = max(seen, key=lambda each: (paid[each], abs(revenue[each])), default=None)
    ids = {one.workshop_id for one in booked}
    top = [
        (
            sum(1 for one in booked if one.workshop_id == each),
            sum(amount for workshop, currency, amount in money if (workshop, currency) == (each, main)),
            each,
        )
        for each in ids
    ]
    return {
        "totalBookings": len(booked),
        "cancelledBookings": len(cancelled),
        "completedBookings": sum(1 for ends_at in lasting if ends_at <= NOW and within(ends_at)),
        "totalRevenue": revenue[main] if main else 0,
        "studentCount": len({one.student for one in told}),
        "top": sorted(top, key=lambda one: (-one[0], -one[1], one[2])),
    }


@pytest.fixture
def schools(monkeypatch: pytest.MonkeyPatch) -> Iterator[Schools]:
    with mocked(), time_machine.travel(NOW, tick=False):
        worlds.forget_clients()
        for name, value in worlds.create_aws().items():
            monkeypatch.setenv(name, value)
        yield school_worlds.founded()
    worlds.forget_clients()


@given(data=st.data(), told=st.lists(stories(), max_size=5))
@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_in_any_order_told_any_number_of_times_is_counted_once(
    schools: Schools, data: st.DataObject, told: list[Story]
) -> None:
    forget(schools)
    changes = [change for n, story in enumerate(told) for change in story.changes(schools, f"uid-{n}")]
    again = data.draw(st.lists(st.sampled_from(changes), max_size=3)) if changes else []
    for change in data.draw(st.permutations([*changes, *again])):
        record(change)
    for _ in range(3):
        start, end = sorted(data.draw(st.tuples(before(NOW + 10 * DAY, 700), before(NOW + 10 * DAY, 700))))
        asked = {"startDate": start, "endDate": end}
        found = stats(schools, "year", **asked)
        top = [(one["bookingCount"], one["revenue"], one["id"]) for one in found["topWorkshops"]]
        expected = counted(told, asked)
        assert {name: {**found, "top": top}[name] for name in expected} == expected


def forget(schools: Schools) -> None:
    """Each example begins with a school of which nothing was counted."""
    counted = [row for row in schools.rows() if row["entity"].startswith("stats")]
    for row in counted:
        table.write(table.Delete(key=Key(row["pk"], row["sk"])))
