"""What a REST route takes beside a body: of its path, its query string and its headers."""

import re
from collections.abc import Iterator
from typing import Any

from kernel.http import Endpoint
from local.contracts import examples
from local.contracts.answers import is_cached
from local.contracts.schemas import Made, Schema

PATHS = {
    "appointment_id": "As the answer to the booking named it.",
    "slug": "The last part of the page's address.",
    "uid": "The booking's, from its confirmation.",
    "token": "The last part of the invitation's link.",
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "example": "7d1f4f6e-2c35-4d0b-9a53-0f6f3f4c9a10",
    "description": "A new one for each new request, such as a UUID; the same one to repeat one that had no answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[\x21-\x7e]+$"},
}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "example": '"8a5edab282632443219e051e4ade2d1d"',
    "description": "The `ETag` of the answer that you have.",
    "schema": {"type": "string"},
}


def parameters_of(endpoint: Endpoint, made: Made, definitions: Schema) -> Iterator[dict[str, Any]]:
    path = endpoint.route.split()[1]
    for name in re.findall(r"{(\w+)}", path):
        schema, example = {"type": "string", "minLength": 1}, examples.parameter(endpoint, "path", name)
        yield {"name": name, "in": "path", "required": True, "description": PATHS[name], "schema": schema, **example}
    if model := query_of(endpoint):
        schema = definitions[made[model, "validation"]["$ref"].rpartition("/")[2]]
        for name, field in schema["properties"].items():
            described = _of_query(name, field, is_required=name in schema.get("required", []))
            yield {**described, **examples.parameter(endpoint, "query", name)}
    if endpoint.is_idempotent:
        yield IDEMPOTENCY_KEY
    if is_cached(endpoint):
        yield IF_NONE_MATCH


def query_of(endpoint: Endpoint) -> Any:
    return taken(endpoint, "request" if endpoint.route.startswith("GET ") else "query") or taken(endpoint, "query")


def taken(endpoint: Endpoint, name: str) -> Any:
    return endpoint.parameters[name].annotation if name in endpoint.parameters else None


def _of_query(name: str, field: Schema, *, is_required: bool) -> dict[str, Any]:
    """A query string has no null: what may be null in a model is what may be left out."""
    schema = {key: value for key, value in field.items() if key != "description"}
    match schema:
        case {"anyOf": [*choices]}:
            (schema,) = (one for one in choices if one != {"type": "null"})
    said = {"description": field["description"]} if "description" in field else {}
    return {"name": name, "in": "query", "required": is_required, **said, "schema": schema}
