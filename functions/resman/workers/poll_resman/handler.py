"""Every minute: find what ResMan's staff changed."""

from typing import Any

from resman import polling


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    return {"properties": polling.poll_all_properties()}
