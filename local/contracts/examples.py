"""Requests and answers as they look: the sample events', and what the specification shows."""

import json
from typing import Any

from kernel.http import Endpoint
from local.contracts.declared import folder_of
from local.template import ROOT


def requests(endpoint: Endpoint) -> dict[str, Any]:
    """The body of the sample event, which tests keep valid."""
    event = json.loads((ROOT / "events" / folder_of(endpoint)).with_suffix(".json").read_text())
    return {"example": json.loads(event["body"])}


def answer(endpoint: Endpoint, status: str) -> Any:
    return ANSWERS.get(f"{status} {endpoint.route}")


ANSWERS: dict[str, Any] = {}
