"""Which counters a change moves; added in the change's own transaction, so each change counts once."""

from collections import Counter
from datetime import datetime

from resman.model import Outcome, Tour, TourStatus
from resman.property import WEEKDAYS, Property

BOOKED, CONFIRMED, COMPLETED, CANCELLED, NO_SHOW = "booked", "confirmed", "completed", "cancelled", "no_show"
RESCHEDULED, FAILED, REFUSED = "rescheduled", "failed", "refused"
LEAD_MINUTES = "lead_minutes"
"""Sum of the minutes between booking and start; divided by `booked` it is the average lead time."""

OF_STATUS = {
    TourStatus.CONFIRMED: CONFIRMED,
    TourStatus.COMPLETED: COMPLETED,
    TourStatus.CANCELLED: CANCELLED,
    TourStatus.NO_SHOW: NO_SHOW,
    TourStatus.FAILED: FAILED,
}
DIMENSIONS = ("type", "staff", "weekday", "hour")
SEPARATOR = "|"


def of_booking(tour: Tour, property: Property, now: datetime) -> Counter[str]:
    lead = int((tour.starts_at - now).total_seconds() // 60)
    return _in_every_dimension(BOOKED, tour, property) + Counter({LEAD_MINUTES: lead})


def of_change(before: Tour, after: Tour, property: Property) -> Counter[str]:
    """A status reached, a time moved, an outcome set or corrected."""
    moved: Counter[str] = Counter()
    if before.status is not after.status and not _is_no_milestone(before, after):
        moved.update(_in_every_dimension(OF_STATUS[after.status], after, property))
    if after.status is TourStatus.CONFIRMED and _confirmed_start(before) not in (None, after.starts_at):
        moved[RESCHEDULED] += 1
    if before.outcome is not after.outcome:
        moved.update(_outcome(after.outcome, 1))
        moved.update(_outcome(before.outcome, -1))
    return moved


def _is_no_milestone(before: Tour, after: Tour) -> bool:
    """A move asks ResMan again for what it had confirmed once."""
    return after.status is TourStatus.PENDING_SYNC or bool(before.moved_from and after.status is TourStatus.CONFIRMED)


def _confirmed_start(tour: Tour) -> datetime | None:
    """The time ResMan had confirmed, if any."""
    if tour.moved_from:
        return tour.moved_from.starts_at
    return tour.starts_at if tour.status is TourStatus.CONFIRMED else None


def split(name: str) -> tuple[str, str, str] | None:
    """`booked|hour|14` taken apart; None for a plain counter."""
    event, _, rest = name.partition(SEPARATOR)
    dimension, _, value = rest.partition(SEPARATOR)
    return (event, dimension, value) if value else None


def _in_every_dimension(event: str, tour: Tour, property: Property) -> Counter[str]:
    local = property.local(tour.starts_at)
    values = (tour.type, tour.staff_name, WEEKDAYS[local.weekday()], f"{local:%H}")
    keys = (SEPARATOR.join((event, dimension, value)) for dimension, value in zip(DIMENSIONS, values, strict=True))
    return Counter([event, *keys])


def _outcome(outcome: Outcome | None, by: int) -> dict[str, int]:
    return {SEPARATOR.join(("outcome", "is", outcome)): by} if outcome else {}
