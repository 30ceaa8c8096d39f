"""`python -m local.openapi`: docs/openapi.json, from the same declarations that serve the requests."""

import importlib
import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs/openapi.json"
sys.path[:0] = [str(ROOT / "layers" / layer) for layer in ("kernel", "resman", "immersio")]

from kernel.http import Accepted, CalendarFile, Created, Endpoint, Public, Redirect, WithCookies  # noqa: E402 - the layers lie on the path from here on

SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "Anyone": [],
    "ClientAccount": [{"apiKey": []}],
    "Resman": [{"signature": [], "timestamp": []}],
    "Immersio": [{"signature": [], "timestamp": []}],
    "Stripe": [{"stripeSignature": []}],
}
SCHEMES = {
    "apiKey": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Webhook-Signature",
        "description": 'HMAC-SHA256, hex, over "{timestamp}.{raw body}"',
    },
    "stripeSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "Stripe-Signature",
        "description": "As Stripe signs its events, with the secret of this endpoint",
    },
    "timestamp": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Webhook-Timestamp",
        "description": "Seconds since 1970, at most 300 away from our clock",
    },
}
ERROR = {
    "type": "object",
    "required": ["error", "code"],
    "properties": {
        "error": {"type": "string", "description": "What to change, in words"},
        "code": {"type": "string", "description": "One of the published codes"},
        "details": {"description": "For programs: fields and rules, alternatives, what is allowed"},
    },
}

WITHOUT_A_MODEL = {
    CalendarFile: {
        "200": {
            "description": "",
            "content": {CalendarFile.MEDIA_TYPE.partition(";")[0]: {"schema": {"type": "string"}}},
        }
    },
    Redirect: {"302": {"description": "", "headers": {"Location": {"schema": {"type": "string", "format": "uri"}}}}},
}


def document() -> dict[str, Any]:
    endpoints = sorted(_endpoints(), key=lambda endpoint: endpoint.route.split()[1])
    schemas, definitions = models_json_schema(
        [*_inputs(endpoints), *_outputs(endpoints)], ref_template="#/components/schemas/{model}"
    )
    paths: dict[str, Any] = {}
    for endpoint in endpoints:
        method, path = endpoint.route.split()
        paths.setdefault(path, {})[method.lower()] = _operation(endpoint, schemas, definitions["$defs"])
    return {
        "openapi": "3.1.0",
        "info": {"title": "Booking: tours and workshops", "version": "1", "description": "See docs/tours-api.md."},
        "paths": paths,
        "components": {"securitySchemes": SCHEMES, "schemas": {**definitions["$defs"], "Error": ERROR}},
    }


def _endpoints() -> Iterator[Endpoint]:
    for path in sorted((ROOT / "functions").rglob("handler.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        endpoint = getattr(importlib.import_module(name).handler, "endpoint", None)
        if endpoint:
            yield endpoint


def _inputs(endpoints: list[Endpoint]) -> list[tuple[type[BaseModel], Any]]:
    return [(model, "validation") for endpoint in endpoints if (model := _request_model(endpoint))]


def _outputs(endpoints: list[Endpoint]) -> list[tuple[type[BaseModel], Any]]:
    return [(model, "serialization") for endpoint in endpoints for _, model in _answers(endpoint)]


def _request_model(endpoint: Endpoint) -> type[BaseModel] | None:
    parameter = endpoint.parameters.get("request")
    return parameter.annotation if parameter else None


def _answers(endpoint: Endpoint) -> list[tuple[str, type[BaseModel]]]:
    """Status and model of everything the function may return, read off its signature."""
    returned = _returned(endpoint)
    if returned in WITHOUT_A_MODEL:
        return []
    wrapped = {Created: "201", Accepted: "202", WithCookies: "200", Public: "200"}
    choices = [returned] if get_origin(returned) in wrapped else get_args(returned) or [returned]
    return [
        (wrapped[origin], get_args(choice)[0]) if (origin := get_origin(choice)) in wrapped else ("200", choice)
        for choice in choices
    ]


def _returned(endpoint: Endpoint) -> Any:
    return inspect.signature(endpoint.function, eval_str=True).return_annotation


def _operation(endpoint: Endpoint, schemas: dict[Any, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    method, path = endpoint.route.split()
    module = endpoint.function.__module__
    operation: dict[str, Any] = {
        "operationId": module.removeprefix("functions.").removesuffix(".handler").replace(".", "_"),
        "summary": (sys.modules[module].__doc__ or "").partition(": ")[2].strip().capitalize(),
        "security": SECURITY[endpoint.caller.__name__],
        "parameters": list(_parameters(endpoint, method, path, schemas, definitions)),
        "responses": {
            **{status: _json(schemas[model, "serialization"]) for status, model in _answers(endpoint)},
            **WITHOUT_A_MODEL.get(_returned(endpoint), {}),
            "default": _json({"$ref": "#/components/schemas/Error"}),
        },
    }
    model = _request_model(endpoint)
    if model and method != "GET":
        operation["requestBody"] = {"required": True, **_json(schemas[model, "validation"])}
    return operation


def _parameters(
    endpoint: Endpoint, method: str, path: str, schemas: dict[Any, Any], definitions: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    if endpoint.is_idempotent:
        yield {"name": "Idempotency-Key", "in": "header", "required": False, "schema": {"type": "string"}}
    model = _request_model(endpoint)
    if model and method == "GET":
        schema = definitions[schemas[model, "validation"]["$ref"].rpartition("/")[2]]
        for name, field in schema["properties"].items():
            yield {"name": name, "in": "query", "required": name in schema.get("required", []), "schema": field}


def _json(schema: Any) -> dict[str, Any]:
    return {"description": "", "content": {"application/json": {"schema": schema}}}


def text() -> str:
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    TARGET.write_text(text())
    print(f"wrote {TARGET.relative_to(ROOT)}")
