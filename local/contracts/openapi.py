"""The OpenAPI 3.1 document of all REST routes."""

import json
from typing import Any

from immersio.course.schemas import ImmersioEvent
from immersio.payment.schemas import EventOfStripe
from kernel.contract import Errors, together
from kernel.http import Endpoint
from local.contracts import about, details, errors, events, examples
from local.contracts.answers import successes
from local.contracts.declared import endpoints, name_of, said_by
from local.contracts.examples import Answers
from local.contracts.parameters import parameters_of, query_of, taken
from local.contracts.schemas import Made, Schema, generate

SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "Anyone": [],
    "ClientAccount": [{"apiKey": []}],
    "Resman": [{"signature": [], "timestamp": []}],
    "Immersio": [{"signature": [], "timestamp": []}],
    "Stripe": [{"stripeSignature": []}],
}
BODIES: dict[str, Any] = {"Immersio": ImmersioEvent, "Stripe": EventOfStripe}
"""What a caller that recognises itself in the body reads of it, in place of the handler."""


def document() -> dict[str, Any]:
    made, definitions = generate(_inputs(), _outputs(), "#/components/schemas/{model}")
    paths: dict[str, Any] = {}
    for endpoint in endpoints():
        method, path = endpoint.route.split()
        paths.setdefault(path, {})[method.lower()] = _operation(endpoint, made, definitions)
    spelled_out = {query_of(endpoint).__name__ for endpoint in endpoints() if query_of(endpoint)} - _bodies()
    return {
        "openapi": "3.1.0",
        "info": {
            "title": about.TITLE,
            "version": about.VERSION,
            "contact": about.CONTACT,
            "description": about.DESCRIPTION,
        },
        "servers": [{"url": "/", "description": "Where you have this document from"}],
        "tags": about.tags(),
        "paths": paths,
        "webhooks": events.webhooks(definitions | events.envelopes(made)),
        "components": {
            "securitySchemes": about.SCHEMES,
            "headers": about.HEADERS,
            "schemas": {
                **{name: _without_defaults(schema) for name, schema in definitions.items() if name not in spelled_out},
                **events.envelopes(made),
                **{errors.name(error): errors.schema(error, made) for error in _errors()},
            },
            "examples": errors.examples(_errors()),
        },
    }


def _inputs() -> list[Any]:
    """Models of bodies and of query strings; the fields of the latter are parameters."""
    return [model for endpoint in endpoints() for model in (_body(endpoint), query_of(endpoint)) if model]


def _bodies() -> set[str]:
    return {body.__name__ for endpoint in endpoints() if (body := _body(endpoint))}


def _outputs() -> list[Any]:
    answered = (one.model for endpoint in endpoints() for one in successes(endpoint) if one.model)
    return [*answered, *events.models(), *(details.OF[error] for error in _errors() if error in details.OF)]


def _errors() -> Errors:
    return together(*(endpoint.errors for endpoint in endpoints()))


def _without_defaults(schema: Schema) -> Schema:
    """In words instead: to generators of types, what has a default is always there, also in what is sent."""
    if "properties" not in schema:
        return schema
    return {**schema, "properties": {name: _in_words(field) for name, field in schema["properties"].items()}}


def _in_words(field: Schema) -> Schema:
    if "default" not in field:
        return field
    said = "; ".join(filter(None, [field.get("description"), f"{json.dumps(field['default'])} if left out"]))
    return {**{name: value for name, value in field.items() if name != "default"}, "description": said}


def _body(endpoint: Endpoint) -> Any:
    return None if endpoint.route.startswith("GET ") else taken(endpoint, "request") or BODIES.get(_caller(endpoint))


def _caller(endpoint: Endpoint) -> str:
    return endpoint.caller.__name__


def _operation(endpoint: Endpoint, made: Made, definitions: Schema) -> dict[str, Any]:
    _, path = endpoint.route.split()
    summary, more = said_by(endpoint)
    parameters = list(parameters_of(endpoint, made, definitions))
    answers = {one.status: one.described(made, Answers(definitions)) for one in successes(endpoint)}
    operation: dict[str, Any] = {
        "operationId": name_of(endpoint),
        "tags": [about.tag_of(path)],
        "summary": summary.removesuffix("."),
        **({"description": more} if more else {}),
        "security": SECURITY[_caller(endpoint)],
        **({"parameters": parameters} if parameters else {}),
    }
    if body := _body(endpoint):
        content = {"schema": made[body, "validation"], "example": examples.body(endpoint)}
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    return {**operation, "responses": _limited({**answers, **errors.responses(endpoint.errors)})}


def _limited(responses: dict[str, Any]) -> dict[str, Any]:
    """Whatever is answered may say what is left of the limit."""
    limits = {name: {"$ref": f"#/components/headers/{name}"} for name in ("RateLimit", "RateLimit-Policy")}
    return {status: {**one, "headers": {**one.get("headers", {}), **limits}} for status, one in responses.items()}
