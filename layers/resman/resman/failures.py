"""Error Handling: what a prospect, the chatbot and the operators are told when something does not work."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NoReturn

from kernel import clock
from kernel.errors import ResmanUnavailable, SlotUnavailable
from kernel.telemetry import count, logger
from resman import counters, store
from resman.model import Tour
from resman.property import Property
from resman.store import ResmanDay

STALE_FOR = timedelta(hours=24)
"""How long what ResMan said last may stand in for what it would say now."""


def handle_availability_error(error: ResmanUnavailable, cached: ResmanDay | None) -> ResmanDay:
    """ResMan is down: the slots we saw last, or a clear 503."""
    count("ResmanUnavailable", during="availability")
    if cached is None or clock.now() - cached.asked_at > STALE_FOR:
        raise ResmanUnavailable(
            "ResMan does not answer and this day is not known from before; try again in a minute",
            retry_after_seconds=60,
        ) from error
    return cached


def handle_booking_error(
    property: Property,
    wanted: datetime,
    free: Sequence[datetime],
    next_date: date | None,
    *,
    held_by: Tour | None = None,
) -> NoReturn:
    """The slot is taken: say so, and what can be had instead."""
    store.tally(property, Counter({counters.REFUSED: 1}), clock.now())
    details: dict[str, object] = {"alternatives": [_slot(property, start) for start in free]}
    if next_date:
        details["next_available_date"] = next_date.isoformat()
    if held_by:
        details["appointment_id"] = held_by.id
        reason = "is already booked for this prospect"
    else:
        reason = "is no longer free"
    raise SlotUnavailable(f"{property.local(wanted):%A, %B %-d, %Y at %H:%M} {reason}; choose another time", details)


def handle_confirmation_error(error: Exception, tour: Tour) -> NoReturn:
    """A message could not be sent: the tour stands, the queue tries again, and operators see a count (INV-36)."""
    logger.warning("a notice was not sent", extra={"tour_id": tour.id, "reason": type(error).__name__})
    count("NoticeFailed")
    raise error


def _slot(property: Property, start: datetime) -> dict[str, str]:
    local = property.local(start)
    return {"date": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M}", "datetime": local.isoformat()}
