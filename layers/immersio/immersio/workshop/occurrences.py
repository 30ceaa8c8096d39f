"""When a workshop takes place, computed from its recurrence and its teacher's schedule; nothing here is stored.

A series repeats its first start at the same wall-clock time in the schedule's zone (INV-32, INV-33). A workshop without
a recurrence takes place in every opening of the schedule, cut into back-to-back classes. A class lasts its duration in
elapsed time, so that it is not an hour longer in the night the clocks change.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import dropwhile, islice, takewhile
from typing import Literal
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from dateutil.rrule import MONTHLY, WEEKLY, rrule

from immersio.schedule.model import to_utc
from immersio.workshop.model import MAX_COUNT, Frequency, Occurrence, Recurrence, Rule

SERIES_SHOWN = relativedelta(months=12)
OPENINGS_SHOWN = timedelta(days=60)
LOOK_BACK = timedelta(days=3)
"""A clock change can push the end of one day's openings into the next day, in history by a whole day."""
END_OF_TIME = datetime(4000, 1, 1, tzinfo=UTC)
"""Later than the 10,000th 31st of any month after `LAST_DATE`: no occurrence lies beyond it."""


REPEATS: dict[Frequency, tuple[Literal[1, 2], int]] = {
    Frequency.WEEKLY: (WEEKLY, 1),
    Frequency.BIWEEKLY: (WEEKLY, 2),
    Frequency.MONTHLY: (MONTHLY, 1),
}


def occurrences(
    rule: Rule, *, now: datetime, until: datetime | None = None, limit: int | None = None
) -> Iterator[Occurrence]:
    """What is to come and is shown: in order, from `now` on, none that starts after `until`."""
    last = min(until or END_OF_TIME, _shown_until(rule, now))
    to_come = dropwhile(lambda start: start < now, _starts(rule, now, last))
    return (Occurrence(start, start + rule.lasts) for start in islice(_up_to(last, to_come), limit))


def next_occurrence(rule: Rule, now: datetime) -> Occurrence | None:
    return next(occurrences(rule, now=now, limit=1), None)


def is_occurrence(rule: Rule, starts_at: datetime) -> bool:
    """Whether a class starts exactly then, be it past or beyond what is shown yet."""
    if not rule.begins <= starts_at < END_OF_TIME:
        return False
    return starts_at in _up_to(starts_at, _starts(rule, starts_at, starts_at))


def is_shown(rule: Rule, starts_at: datetime, *, now: datetime) -> bool:
    """Whether a class that starts then is among those to come that are shown: what may be booked."""
    return now <= starts_at <= _shown_until(rule, now) and is_occurrence(rule, starts_at)


def first_start(rule: Rule) -> datetime | None:
    """Where a series starts: as it was told, or at the schedule's first opening that fits; None if none ever does."""
    if rule.starts_at:
        return rule.starts_at
    days = rule.schedule.open_days(_date(rule.begins - LOOK_BACK, rule.schedule.zone))
    return next((start for start in _cut(rule, days) if start >= rule.begins), None)


def _shown_until(rule: Rule, now: datetime) -> datetime:
    if rule.recurrence is None:
        return now + OPENINGS_SHOWN
    return now + SERIES_SHOWN if rule.recurrence.is_open_ended else END_OF_TIME


def _starts(rule: Rule, since: datetime, last: datetime) -> Iterator[datetime]:
    """The starts in order: of a series all, of openings those of the days from `since` to `last`."""
    if rule.recurrence is None:
        return _opening_starts(rule, max(since, rule.begins), last)
    first = first_start(rule)
    return iter(()) if first is None else _series(rule.recurrence, first, rule.schedule.zone)


def _opening_starts(rule: Rule, since: datetime, last: datetime) -> Iterator[datetime]:
    days = _days(_date(since - LOOK_BACK, rule.schedule.zone), _date(last, rule.schedule.zone))
    return (start for start in _cut(rule, days) if start >= since)


def _cut(rule: Rule, days: Iterable[date]) -> Iterator[datetime]:
    """The openings of these days as back-to-back classes; what a clock change pushes together is used once."""
    taken_until = datetime.min.replace(tzinfo=UTC)
    for day in days:
        for window in rule.schedule.openings(day):
            opens, closes = window.instants(day, rule.schedule.zone)
            start = max(opens, taken_until)
            while start + rule.lasts <= closes:
                yield start
                start += rule.lasts
            taken_until = max(taken_until, closes)


def _series(recurrence: Recurrence, first: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    repeated = _repeat(recurrence, first, zone)
    return repeated if recurrence.end_date is None else _up_to(recurrence.end_date, repeated)


def _repeat(recurrence: Recurrence, first: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """`first` itself, even where its wall-clock time comes twice that night, then the same time on later dates."""
    yield first
    if recurrence.frequency is Frequency.NONE:
        return
    wall = first.astimezone(zone)
    for day in islice(_dates(recurrence, wall.date()), 1, None):
        yield to_utc(datetime.combine(day, wall.time()), zone)


def _dates(recurrence: Recurrence, first: date) -> Iterator[date]:
    """The dates of a series; a monthly one skips the months without its day (INV-33)."""
    unit, interval = REPEATS[recurrence.frequency]
    count = recurrence.count or MAX_COUNT
    midnights = rrule(unit, interval=interval, count=count, dtstart=datetime.combine(first, time()))
    return (midnight.date() for midnight in midnights)


def _up_to(last: datetime, starts: Iterator[datetime]) -> Iterator[datetime]:
    return takewhile(lambda start: start <= last, starts)


def _date(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
