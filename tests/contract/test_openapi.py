"""docs/openapi.json: what clients generate their code from is what the functions really take and give."""

import json

from openapi_spec_validator import validate

from local import openapi
from tests.support.house import functions


def test_the_document_is_made_of_the_declarations_as_they_are_now() -> None:
    """A field was renamed; the clients generated from last month's document went on sending the old name."""
    assert openapi.TARGET.read_text() == openapi.text(), "run `make format`"


def test_the_document_is_valid() -> None:
    """A generator stopped at the first line, and its user wrote the client by hand."""
    validate(json.loads(openapi.TARGET.read_text()))


def test_every_rest_route_is_in_it() -> None:
    """An endpoint nobody had heard of."""
    paths = json.loads(openapi.TARGET.read_text())["paths"]
    documented = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    routes = {one.route for one in functions() if one.route}
    assert documented == {route for route in routes if "/api/trpc/" not in route}
