"""Every minute: route the messages that come due, and those the stream missed."""

from typing import Any

from kernel import outbox


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    return {"routed": outbox.sweep()}
