"""Workshops to ask when they take place."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import available_timezones

from hypothesis import strategies as st

from immersio.schedule.model import default_schedule
from immersio.workshop.model import Rule
from immersio.workshop.occurrences import occurrences

CREATED = datetime(2026, 11, 18, 12, tzinfo=UTC)
"""A Wednesday."""
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
ZONE_NAMES = sorted(available_timezones() - {"localtime", "Factory"})
ZONES = st.sampled_from(ZONE_NAMES)
DATES = st.dates(date(2020, 1, 1), date(2040, 12, 31))


def rule(frequency: str | None = None, *, zone: str = "Europe/Berlin", **given: Any) -> Rule:
    recurrence = {key: given.pop(key) for key in ("count", "end_date") if key in given}
    return Rule.model_validate(
        {
            "schedule": default_schedule(zone),
            "duration": 60,
            "created_at": CREATED,
            "recurrence": {"frequency": frequency, **recurrence} if frequency else None,
            **given,
        }
    )


def starts(of: Rule, *, now: datetime = LONG_AGO, **bounds: Any) -> list[datetime]:
    return [occurrence.starts_at for occurrence in occurrences(of, now=now, **bounds)]
