"""The OpenAPI 3.1 document of all REST routes."""

import re
from collections.abc import Iterator
from typing import Any

from immersio.course.schemas import Event as ImmersioEvent
from kernel.http import Endpoint
from local.contracts import about, errors, events, examples
from local.contracts.answers import is_cached, successes
from local.contracts.declared import endpoints, name_of, said_by
from local.contracts.schemas import Made, Schema, generate

SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "Anyone": [],
    "ClientAccount": [{"apiKey": []}],
    "Resman": [{"signature": [], "timestamp": []}],
    "Immersio": [{"signature": [], "timestamp": []}],
    "Stripe": [{"stripeSignature": []}],
}
BODIES: dict[str, Any] = {"Immersio": ImmersioEvent, "Stripe": dict[str, Any]}
"""What a caller that recognises itself in the body reads of it, in place of the handler."""
PARAMETERS = {
    "appointment_id": "As the answer to the booking named it.",
    "slug": "The last part of the page's address.",
    "uid": "The booking's, from its confirmation.",
    "token": "The last part of the invitation's link.",
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "A new one for each new request, such as a UUID; the same one to repeat one that had no answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[\x21-\x7e]+$"},
}
IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The `ETag` of the answer that you have.",
    "schema": {"type": "string"},
}


def document() -> dict[str, Any]:
    made, definitions = generate(_inputs(), _outputs(), "#/components/schemas/{model}")
    paths: dict[str, Any] = {}
    for endpoint in endpoints():
        method, path = endpoint.route.split()
        paths.setdefault(path, {})[method.lower()] = _operation(endpoint, made, definitions)
    used = {error for endpoint in endpoints() for error in endpoint.errors}
    spelled_out = {_query(endpoint).__name__ for endpoint in endpoints() if _query(endpoint)}
    return {
        "openapi": "3.1.0",
        "info": {"title": about.TITLE, "version": about.VERSION, "description": about.DESCRIPTION},
        "servers": [{"url": "/", "description": "Where you have this document from"}],
        "tags": about.tags(),
        "paths": paths,
        "webhooks": events.webhooks(made),
        "components": {
            "securitySchemes": about.SCHEMES,
            "headers": about.HEADERS,
            "schemas": {
                **{name: schema for name, schema in definitions.items() if name not in spelled_out - _bodies()},
                "Error": errors.SCHEMA,
            },
            "examples": errors.examples(sorted(used, key=lambda error: error.code)),
        },
    }


def _inputs() -> list[Any]:
    """Models of bodies and of query strings; the fields of the latter are parameters."""
    return [model for endpoint in endpoints() for model in (_body(endpoint), _query(endpoint)) if model]


def _bodies() -> set[str]:
    return {body.__name__ for endpoint in endpoints() if (body := _body(endpoint))}


def _outputs() -> list[Any]:
    return [*(one.model for endpoint in endpoints() for one in successes(endpoint) if one.model), *events.models()]


def _body(endpoint: Endpoint) -> Any:
    return None if endpoint.route.startswith("GET ") else _taken(endpoint, "request") or BODIES.get(_caller(endpoint))


def _query(endpoint: Endpoint) -> Any:
    return _taken(endpoint, "request" if endpoint.route.startswith("GET ") else "query") or _taken(endpoint, "query")


def _taken(endpoint: Endpoint, name: str) -> Any:
    return endpoint.parameters[name].annotation if name in endpoint.parameters else None


def _caller(endpoint: Endpoint) -> str:
    return endpoint.caller.__name__


def _operation(endpoint: Endpoint, made: Made, definitions: Schema) -> dict[str, Any]:
    _, path = endpoint.route.split()
    summary, more = said_by(endpoint)
    parameters = list(_parameters(endpoint, made, definitions))
    answers = {one.status: one.described(made, examples.answer(endpoint, one.status)) for one in successes(endpoint)}
    operation: dict[str, Any] = {
        "operationId": name_of(endpoint),
        "tags": [about.tag_of(path)],
        "summary": summary.removesuffix("."),
        **({"description": more} if more else {}),
        "security": SECURITY[_caller(endpoint)],
        **({"parameters": parameters} if parameters else {}),
    }
    if body := _body(endpoint):
        content = {"schema": made[body, "validation"], **examples.requests(endpoint)}
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    return {**operation, "responses": _limited({**answers, **errors.responses(endpoint.errors)})}


def _limited(responses: dict[str, Any]) -> dict[str, Any]:
    """Whatever is answered may say what is left of the limit."""
    limits = {name: {"$ref": f"#/components/headers/{name}"} for name in ("RateLimit", "RateLimit-Policy")}
    return {status: {**one, "headers": {**one.get("headers", {}), **limits}} for status, one in responses.items()}


def _parameters(endpoint: Endpoint, made: Made, definitions: Schema) -> Iterator[dict[str, Any]]:
    path = endpoint.route.split()[1]
    for name in re.findall(r"{(\w+)}", path):
        schema = {"type": "string", "minLength": 1}
        yield {"name": name, "in": "path", "required": True, "description": PARAMETERS[name], "schema": schema}
    if model := _query(endpoint):
        schema = definitions[made[model, "validation"]["$ref"].rpartition("/")[2]]
        for name, field in schema["properties"].items():
            yield _of_query(name, field, is_required=name in schema.get("required", []))
    if endpoint.is_idempotent:
        yield IDEMPOTENCY_KEY
    if is_cached(endpoint):
        yield IF_NONE_MATCH


def _of_query(name: str, field: Schema, *, is_required: bool) -> dict[str, Any]:
    """A query string has no null: what may be null in a model is what may be left out."""
    schema = {key: value for key, value in field.items() if key != "description"}
    match schema:
        case {"anyOf": [*choices]}:
            (schema,) = (one for one in choices if one != {"type": "null"})
    said = {"description": field["description"]} if "description" in field else {}
    return {"name": name, "in": "query", "required": is_required, **said, "schema": schema}
