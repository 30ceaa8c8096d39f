"""Changes at a school to be counted, and what the school is told they add up to."""

from datetime import UTC, datetime, timedelta
from typing import Any

from immersio.access.model import Role
from immersio.stats.model import Booked, Cancelled, Change, Moved, Paid, Refunded
from kernel import keys, table
from tests.support.schools import School, Schools, result
from tests.support.seats import opened

STATS = "immersio.tenant.getStats"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
"""A Saturday, half past one at the academy in Berlin."""


class Seat:
    """One booking of Mei's workshop, and what becomes of it."""

    def __init__(
        self,
        school: School,
        uid: str = "ada",
        *,
        workshop_id: int = 1,
        ends_at: datetime = NOW + HOUR,
        currency: str | None = None,
        student: str | None = None,
    ) -> None:
        self._of = {"tenant_id": school.tenant_id, "workshop_id": workshop_id, "time_zone": "Europe/Berlin"}
        self._uid, self._ends_at, self._currency = uid, ends_at, currency
        self._student = student or f"{uid}@example.com"

    def booked(self, at: datetime = NOW) -> Change:
        told = {"ends_at": self._ends_at, "currency": self._currency, "student": self._student}
        return Booked.model_validate(self._of | told | {"id": f"{self._uid}:booked", "at": at})

    def cancelled(self, at: datetime = NOW) -> Change:
        told = {"ends_at": self._ends_at}
        return Cancelled.model_validate(self._of | told | {"id": f"{self._uid}:cancelled", "at": at})

    def moved(self, to: datetime, at: datetime = NOW) -> Change:
        told = {"from_ends_at": self._ends_at, "to_ends_at": to}
        self._ends_at = to
        return Moved.model_validate(self._of | told | {"id": f"{self._uid}:moved:{to}", "at": at})

    def paid(self, amount: int, at: datetime = NOW) -> Change:
        told = {"amount": amount, "currency": self._currency}
        return Paid.model_validate(self._of | told | {"id": f"pi_{self._uid}", "at": at})

    def refunded(self, amount: int, at: datetime = NOW) -> Change:
        told = {"amount": amount, "currency": self._currency}
        return Refunded.model_validate(self._of | told | {"id": f"re_{self._uid}", "at": at})


def stats(schools: Schools, period: str = "month", **asked: Any) -> dict[str, Any]:
    """What the academy's owner is told."""
    sent = {"period": period, **asked}
    told: dict[str, Any] = result(schools.call(STATS, schools.academy.cookie(Role.OWNER), sent=sent))
    return told


def name_workshop(school: School, workshop_id: int, title: str) -> None:
    """It is made if it is not there yet."""
    key = keys.workshop(school.tenant_id, workshop_id)
    if table.get(key) is None:
        opened(school, id=workshop_id)
    table.write(table.Update(key=key, set={"title": title}))
