"""Every night: delete the images that no landing page shows any more, or ever did."""

from typing import Any

from immersio.asset import tidying


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    return {"deleted": tidying.tidy_all_schools()}
