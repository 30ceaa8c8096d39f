"""Which days are asked for, and the rows that hold them."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from immersio.stats.period import DAY, MONTH, Days, asked, pieces

AROUND = st.dates(date(2024, 1, 1), date(2028, 12, 31))


@given(st.tuples(AROUND, AROUND).map(sorted), AROUND)
def test_any_days_up_to_today_are_read_exactly_once(span: list[date], today: date) -> None:
    first, last = span
    read = pieces(Days(first, last), today)
    covered = [day for days in read.days for day in _days(days)]
    if read.months:
        assert (read.months.first.day, (read.months.last + DAY).day) == (1, 1)
        assert read.months.last < today
        covered += _days(read.months)
    assert sorted(covered) == _days(Days(first, min(last, today)))


@given(st.tuples(AROUND, AROUND).map(sorted), AROUND)
def test_of_single_days_there_are_at_most_two_months(span: list[date], today: date) -> None:
    read = pieces(Days(*span), today)
    assert sum(len(_days(days)) for days in read.days) <= 62
    assert read.months is None or read.months.first + MONTH <= read.months.last + DAY


@given(st.integers(0, 900 * 365 * 24).map(lambda hours: datetime(2001, 1, 1, tzinfo=UTC) + timedelta(hours=hours)))
def test_a_week_has_seven_days_and_ends_today_wherever_the_school_is(now: datetime) -> None:
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"):
        days = asked("week", None, None, zone, now)
        assert days.last - days.first == timedelta(days=6)
        assert abs(days.last - now.date()) <= DAY


def _days(days: Days) -> list[date]:
    return [days.first + timedelta(days=n) for n in range((days.last - days.first).days + 1)]
