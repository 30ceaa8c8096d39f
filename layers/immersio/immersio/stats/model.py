"""What statistics are made of: changes, each counted once, and the counters that they move.

A counter belongs to one workshop and one day. A change does nothing but add to counters, so that changes may be
counted in any order and a range of days is a sum, however many bookings there were.

    booked|EUR     seats booked, by the currency they were paid in; `booked|` are the free ones
    cancelled      seats given back
    revenue|EUR    payments less refunds, in minor units
    ended|870      booked seats of classes that end 870 minutes into the day; `ended` in a month's row

A seat moves `ended` on the day its class ends, which mostly lies ahead: whoever reads counts those that have ended by
then, and nobody has to do anything when a class is over.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from immersio.schedule.model import TimeZone
from kernel.clock import Instant

BOOKED, CANCELLED, REVENUE, ENDED = "booked", "cancelled", "revenue", "ended"
COUNTERS = frozenset({BOOKED, CANCELLED, REVENUE, ENDED})
SEPARATOR = "|"
MINUTE = timedelta(minutes=1)


class Count(NamedTuple):
    """So much more of something on a day."""

    day: date
    name: str
    by: int
    minute: int | None = None
    """When on that day, where that matters: a month's row does without."""

    @property
    def name_on_its_day(self) -> str:
        return self.name if self.minute is None else f"{self.name}{SEPARATOR}{self.minute}"


class _Change(BaseModel):
    model_config = ConfigDict(frozen=True)

    tenant_id: int
    id: str
    """The same for the same change, however often it is told: `{uid}:booked`, the id of a payment or a refund."""
    workshop_id: int
    at: Instant
    time_zone: TimeZone
    """The school's when it happened; in it days begin and end."""

    @property
    def _today(self) -> date:
        return self.at.astimezone(ZoneInfo(self.time_zone)).date()

    def _ends(self, ends_at: datetime, by: int) -> Count:
        day = ends_at.astimezone(ZoneInfo(self.time_zone)).date()
        return Count(day, ENDED, by, ceil((ends_at - midnight(day, self.time_zone)) / MINUTE))


class Booked(_Change):
    """A seat was accepted: at once if it is free, else when it was paid."""

    kind: Literal["booked"] = "booked"
    ends_at: Instant
    """When its class ends."""
    student: str
    """Their e-mail address."""
    currency: str | None
    """None if the seat is free."""

    def counts(self) -> tuple[Count, ...]:
        booked = f"{BOOKED}{SEPARATOR}{self.currency or ''}"
        return Count(self._today, booked, 1), self._ends(self.ends_at, 1)


class Cancelled(_Change):
    """An accepted seat was given back; one that was never accepted is not told of."""

    kind: Literal["cancelled"] = "cancelled"
    ends_at: Instant

    def counts(self) -> tuple[Count, ...]:
        return Count(self._today, CANCELLED, 1), self._ends(self.ends_at, -1)


class Moved(_Change):
    """An accepted seat was moved to another class of the workshop."""

    kind: Literal["moved"] = "moved"
    from_ends_at: Instant
    to_ends_at: Instant

    def counts(self) -> tuple[Count, ...]:
        return self._ends(self.from_ends_at, -1), self._ends(self.to_ends_at, 1)


class Paid(_Change):
    """Money came in; also for a seat that was gone by then and is refunded."""

    kind: Literal["paid"] = "paid"
    amount: int
    currency: str

    def counts(self) -> tuple[Count, ...]:
        return (Count(self._today, f"{REVENUE}{SEPARATOR}{self.currency}", self.amount),)


class Refunded(_Change):
    """Money went back; told once the refund succeeded."""

    kind: Literal["refunded"] = "refunded"
    amount: int
    currency: str

    def counts(self) -> tuple[Count, ...]:
        return (Count(self._today, f"{REVENUE}{SEPARATOR}{self.currency}", -self.amount),)


Change = Annotated[Booked | Cancelled | Moved | Paid | Refunded, Field(discriminator="kind")]


class Row(NamedTuple):
    """A workshop's counters of one day, or of one month."""

    workshop_id: int
    day: date | None
    """None for a month."""
    counters: Mapping[str, int]


def midnight(day: date, time_zone: str) -> datetime:
    """When a day begins, in UTC: in it a day has 1,440 minutes, or an hour more or less."""
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)
