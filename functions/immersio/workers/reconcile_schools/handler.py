"""Every night: have the counters of all schools compared with their bookings."""

from typing import Any

from immersio.reconciling import service


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    return {"schools": service.reconcile_all_schools()}
