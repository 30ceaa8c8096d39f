"""Every hour: have the courses of all connected schools synced; what has changed, and once a day all there is."""

from datetime import datetime
from typing import Any

from immersio.sync import starting

FULL_AT = 1
"""The hour, in UTC, whose run reads everything."""


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    is_full = datetime.fromisoformat(event["time"]).hour == FULL_AT
    return {"schools": starting.sync_all_schools(is_full=is_full)}
