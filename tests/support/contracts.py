"""What we publish, as it is written in docs/, and its parts."""

import json
from typing import Any

from jsonschema import Draft202012Validator

from kernel import errors
from kernel.errors import AppError
from local.contracts.errors import name
from tests.support.house import ROOT

OPENAPI = json.loads((ROOT / "docs/openapi.json").read_text())
PROCEDURES = json.loads((ROOT / "docs/schemas/procedures.json").read_text())
EVENTS = json.loads((ROOT / "docs/schemas/events.json").read_text())
ERRORS = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, AppError)]


def operations() -> list[tuple[str, Any]]:
    """Those that we take, and those that we send."""
    places = {**OPENAPI["paths"], **OPENAPI["webhooks"]}
    return [(f"{method} {path}", one) for path, methods in places.items() for method, one in methods.items()]


def contents() -> list[Any]:
    """Every body."""
    holders = [
        holder
        for _, operation in operations()
        for holder in (operation.get("requestBody", {}), *operation["responses"].values())
    ]
    return [content for holder in holders for content in holder.get("content", {}).values()]


def parameters() -> list[Any]:
    """What a client sends beside the body."""
    operations = [operation for methods in OPENAPI["paths"].values() for operation in methods.values()]
    return [{"required": False, **one} for operation in operations for one in operation.get("parameters", ())]


def takes_input(procedure: Any) -> bool:
    return bool(procedure["properties"]["input"] != {"type": "null"})


def schema_of(error: type[AppError]) -> Any:
    return OPENAPI["components"]["schemas"][name(error)]


def is_of_rest(error: type[AppError]) -> bool:
    return name(error) in OPENAPI["components"]["schemas"]


def codes(schema: Any) -> list[str]:
    """Of one error, or of each that it may be."""
    named = [one["$ref"].rpartition("/")[2] for one in schema.get("oneOf", [schema])]
    return [OPENAPI["components"]["schemas"][each]["properties"]["code"]["const"] for each in named]


def validator(schema: Any) -> Draft202012Validator:
    where = {"components": OPENAPI["components"], "$defs": PROCEDURES["$defs"]}
    return Draft202012Validator({**schema, **where}, format_checker=Draft202012Validator.FORMAT_CHECKER)
