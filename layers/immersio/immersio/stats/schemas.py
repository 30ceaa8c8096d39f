"""What `immersio.tenant.getStats` takes and gives."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator

from immersio.stats.period import Period
from kernel.fields import YEARS
from kernel.trpc_fields import ABSENT, Input, JsDate, Output


def _within_the_calendar(instant: datetime) -> datetime:
    if instant.year not in YEARS:
        raise ValueError(f"must lie in the years {YEARS.start} to {YEARS.stop - 1}")
    return instant


Moment = Annotated[JsDate, AfterValidator(_within_the_calendar)]


class GetStatsInput(Input):
    """Whole days at the school: of the week, month or year that ends now, unless start or end say otherwise."""

    period: Period
    start_date: Moment = ABSENT
    """One period before the end if it is not given; the whole day on which it lies counts."""
    end_date: Moment = ABSENT
    """Now if it is not given; the whole day on which it lies counts."""


class TopWorkshop(Output):
    id: int
    title: str
    booking_count: int
    revenue: int


class StatsView(Output):
    """Each thing on the day it happened: a seat that was booked in May and cancelled in June is in both."""

    total_bookings: int
    """Seats that were booked, also those that were cancelled since."""
    completed_bookings: int
    """Seats, not cancelled, of classes that have ended."""
    cancelled_bookings: int
    total_revenue: int
    """Payments less refunds, in minor units of the currency that most seats were paid in."""
    average_booking_value: int
    """The revenue for each seat that was free or paid in that currency."""
    teacher_count: int
    """Now, as the next two."""
    workshop_count: int
    student_count: int
    """Different people who have ever booked."""
    top_workshops: list[TopWorkshop]
    """Five at the most, by bookings, then by revenue."""
