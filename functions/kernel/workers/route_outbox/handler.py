"""The table's stream: put each new outbox message on its queue."""

from typing import Any

from kernel import stream


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return stream.route_outbox(event)
