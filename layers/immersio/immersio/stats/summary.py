"""What counters add up to."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from immersio.stats.model import BOOKED, ENDED, MINUTE, REVENUE, SEPARATOR, Row, midnight

Sums = Counter[str]


def by_workshop(rows: Iterable[Row], time_zone: str, now: datetime) -> dict[int, Sums]:
    """Each workshop's sums, with `ended` for the seats of classes that are over by now."""
    sums: dict[int, Sums] = {}
    for row in rows:
        of_workshop = sums.setdefault(row.workshop_id, Counter())
        for name, count in row.counters.items():
            counter, _, detail = name.partition(SEPARATOR)
            if counter != ENDED:
                of_workshop[name] += count
            elif row.day is None or midnight(row.day, time_zone) + int(detail) * MINUTE <= now:
                of_workshop[ENDED] += count
    return sums


def total(sums: Iterable[Sums]) -> Sums:
    """Sums of sums; what is negative, as the money of a month of refunds, stays so."""
    whole: Sums = Counter()
    for each in sums:
        whole.update(each)
    return whole


def bookings(sums: Sums) -> int:
    return sum(count for name, count in sums.items() if name.startswith(BOOKED + SEPARATOR))


def revenue(sums: Sums, currency: str | None) -> int:
    return sums[f"{REVENUE}{SEPARATOR}{currency}"] if currency else 0


def main_currency(sums: Sums) -> str | None:
    """The one that most seats were paid in, of equal ones that with more money: amounts of two cannot be added up."""
    named = (name.partition(SEPARATOR) for name in sums)
    currencies = {detail for counter, _, detail in named if counter in {BOOKED, REVENUE} and detail}
    if not currencies:
        return None
    return max(sorted(currencies), key=lambda one: (sums[f"{BOOKED}{SEPARATOR}{one}"], abs(revenue(sums, one))))


def average(sums: Sums, currency: str | None) -> int:
    """The revenue for each seat that was free or paid in this currency, in whole minor units; 0 without a seat."""
    seats = sums[BOOKED + SEPARATOR] + sums[f"{BOOKED}{SEPARATOR}{currency}"]
    return round(revenue(sums, currency) / seats) if seats else 0
