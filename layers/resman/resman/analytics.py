"""Monitoring & Analytics: read from each day's counters, never from the tours (one row a day, so a year is bounded)."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

from kernel import clock
from resman import store
from resman.counters import (
    BOOKED,
    CANCELLED,
    COMPLETED,
    CONFIRMED,
    DIMENSIONS,
    FAILED,
    LEAD_MINUTES,
    NO_SHOW,
    REFUSED,
    RESCHEDULED,
    split,
)
from resman.model import Outcome
from resman.property import WEEKDAYS, Property
from resman.schemas import Breakdown, DayOfTours, MetricsResponse, Totals, TrendsResponse, WeekOfTours

WEEKS = 12
Counted = Counter[str]


def get_tour_metrics(property: Property, first: date, last: date) -> MetricsResponse:
    """What happened between two local days, both included: totals, breakdowns, and a series with every day."""
    days = _days(property, first, last)
    total = _sum(days.values())
    return MetricsResponse(
        property_id=property.id,
        from_=first.isoformat(),
        to=last.isoformat(),
        totals=_totals(total),
        outcomes={outcome.value: total[f"outcome|is|{outcome}"] for outcome in Outcome},
        **{f"by_{dimension}": _by(dimension, total) for dimension in DIMENSIONS},
        series=[
            DayOfTours(date=day.isoformat(), **_counts(days.get(day, Counter())))
            for day in (first + timedelta(days=number) for number in range((last - first).days + 1))
        ],
    )


def get_tour_trends(property: Property) -> TrendsResponse:
    """The last twelve weeks up to today, week by week, and how the later six compare with the earlier six."""
    today = property.local(clock.now()).date()
    first = today - timedelta(days=7 * WEEKS - 1)
    days = _days(property, first, today)
    weeks = [_week(days, first + timedelta(days=7 * number)) for number in range(WEEKS)]
    counted = [_sum_between(days, week, week + timedelta(days=6)) for week, _ in weeks]
    earlier, later = _sum(counted[: WEEKS // 2]), _sum(counted[WEEKS // 2 :])
    total = earlier + later
    return TrendsResponse(
        property_id=property.id,
        weeks=[week for _, week in weeks],
        change={name: _change(earlier[name], later[name]) for name in (BOOKED, COMPLETED, CANCELLED, NO_SHOW)},
        no_show_rate_before=_rate(earlier[NO_SHOW], earlier[COMPLETED] + earlier[NO_SHOW]),
        no_show_rate_now=_rate(later[NO_SHOW], later[COMPLETED] + later[NO_SHOW]),
        busiest_weekday=_busiest("weekday", total),
        busiest_hour=_busiest("hour", total),
    )


def _days(property: Property, first: date, last: date) -> dict[date, Counted]:
    rows = store.counters_between(property, first, last)
    return {
        date.fromisoformat(row["day"]): Counter({name: value for name, value in row.items() if isinstance(value, int)})
        for row in rows
    }


def _sum(counted: Iterable[Counted]) -> Counted:
    total: Counted = Counter()
    for one in counted:
        total.update(one)
    return total


def _sum_between(days: dict[date, Counted], first: date, last: date) -> Counted:
    return _sum(counted for day, counted in days.items() if first <= day <= last)


def _counts(counted: Counted) -> dict[str, int]:
    return {name: counted[name] for name in (BOOKED, CONFIRMED, COMPLETED, CANCELLED, NO_SHOW)}


def _totals(total: Counted) -> Totals:
    asked_for = total[BOOKED] + total[REFUSED]
    return Totals(
        **_counts(total),
        rescheduled=total[RESCHEDULED],
        failed=total[FAILED],
        refused=total[REFUSED],
        no_show_rate=_rate(total[NO_SHOW], total[NO_SHOW] + total[COMPLETED]),
        booking_success_rate=_rate(total[CONFIRMED], asked_for),
        average_lead_time_hours=_rate(total[LEAD_MINUTES], 60 * total[BOOKED]),
    )


def _by(dimension: str, total: Counted) -> dict[str, Breakdown]:
    """Every value that occurs, with what happened to its tours; weekdays and hours in their own order."""
    found: dict[str, Counted] = {}
    for name, amount in total.items():
        match split(name):
            case (event, which, value) if which == dimension:
                found.setdefault(value, Counter())[event] += amount
    order = WEEKDAYS.index if dimension == "weekday" else str
    return {value: Breakdown(**_counts(found[value])) for value in sorted(found, key=order)}


def _week(days: dict[date, Counted], first: date) -> tuple[date, WeekOfTours]:
    counted = _sum_between(days, first, first + timedelta(days=6))
    return first, WeekOfTours(
        week_of=first.isoformat(),
        **_counts(counted),
        no_show_rate=_rate(counted[NO_SHOW], counted[NO_SHOW] + counted[COMPLETED]),
    )


def _rate(part: int, whole: int) -> float | None:
    """None where nothing happened that could have a rate."""
    return round(part / whole, 4) if whole else None


def _change(before: int, now: int) -> float | None:
    return round((now - before) / before, 4) if before else None


def _busiest(dimension: str, total: Counted) -> str | None:
    prefix = f"{BOOKED}|{dimension}|"
    counted = {name.removeprefix(prefix): amount for name, amount in total.items() if name.startswith(prefix)}
    return max(sorted(counted), key=counted.__getitem__) if counted else None
