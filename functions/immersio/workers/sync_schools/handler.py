"""Every hour what has changed, and every night all: have each connected school's courses synced."""

from typing import Any

from immersio.sync import service


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    return {"schools": service.sync_all_schools(is_full=event.get("fullSync") is True)}
