"""The one place that knows what time it is, and how an instant is written down."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, PlainSerializer, WithJsonSchema


def now() -> datetime:
    """The current instant in UTC, cut to milliseconds as it is stored."""
    instant = datetime.now(UTC)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def iso(instant: datetime) -> str:
    """An instant as `2026-12-01T15:00:00.000Z`: one width, so that text order is time order."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_seconds(instant: datetime) -> str:
    """An instant as `2026-12-01T15:00:00Z`, as Immersio writes it."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def epoch(instant: datetime) -> int:
    """Whole seconds since 1970, the form of DynamoDB's TTL and of webhook timestamps."""
    return int(instant.timestamp())


WRITTEN = WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization")
Instant = Annotated[AwareDatetime, PlainSerializer(iso, return_type=str), WRITTEN]
"""A stored moment: any offset is read, UTC with milliseconds is written."""
Second = Annotated[AwareDatetime, PlainSerializer(iso_seconds, return_type=str), WRITTEN]
"""A moment as Immersio writes it: UTC with whole seconds."""
