"""Which days statistics are asked of, and the fewest rows that hold them."""

from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from kernel.errors import InvalidInput

Period = Literal["week", "month", "year"]
LENGTHS: dict[Period, relativedelta] = {
    "week": relativedelta(weeks=1),
    "month": relativedelta(months=1),
    "year": relativedelta(years=1),
}
LONGEST = relativedelta(years=2)
DAY = timedelta(days=1)
MONTH = relativedelta(months=1)


class Days(NamedTuple):
    """Days from the first to the last, both included."""

    first: date
    last: date


class Pieces(NamedTuple):
    """The same days as whole months, and as days where no whole month can stand for them."""

    days: tuple[Days, ...]
    months: Days | None
    """From the first day of a month to the last day of one."""


def asked(period: Period, start: datetime | None, end: datetime | None, time_zone: str, now: datetime) -> Days:
    """The days on which `start` and `end` lie at the school; the end is now and the start a period before the end
    where they are not given.
    """
    zone = ZoneInfo(time_zone)
    if start and start > (end or now):
        raise InvalidInput.field("startDate", "must not be later than endDate, or than now if that is not given")
    last = (end or now).astimezone(zone).date()
    first = start.astimezone(zone).date() if start else last - LENGTHS[period] + DAY
    if first < last - LONGEST:
        raise InvalidInput.field("startDate", "must lie at most two years before endDate")
    return Days(first, last)


def pieces(asked: Days, today: date) -> Pieces:
    """Nothing is read after today, and today as a day: its classes may still go on, and its month with them."""
    first, last = asked.first, min(asked.last, today)
    if first > last:
        return Pieces((), None)
    from_month = first if first.day == 1 else first.replace(day=1) + MONTH
    until_month = (min(last, today - DAY) + DAY).replace(day=1)
    if from_month >= until_month:
        return Pieces((Days(first, last),), None)
    around = (Days(first, from_month - DAY), Days(until_month, last))
    return Pieces(tuple(days for days in around if days.first <= days.last), Days(from_month, until_month - DAY))
