"""What is told to others, held against docs/schemas/events.json."""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from tests.support.house import ROOT


def unpublished(told: Iterable[Any]) -> list[str]:
    """The bodies that are none of our published events, each with the rule it breaks."""
    broken = ((body, next(_published(body["event"]).iter_errors(body), None)) for body in told)
    return [f"{body['event']}: {error.json_path} {error.message}" for body, error in broken if error]


@cache
def _published(event: str) -> Draft202012Validator:
    """Of an event that nobody published, none is right."""
    document = json.loads((ROOT / "docs/schemas/events.json").read_text())
    one = {"$ref": f"#/$defs/{event}"}
    rule: dict[str, Any] = one if one in document["oneOf"] else {"not": {}}
    return Draft202012Validator({**rule, "$defs": document["$defs"]})
