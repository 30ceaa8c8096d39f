"""What generators of clients, forms and checks find in our contracts: names, types and examples they can work with."""

from typing import Any

import pytest

from tests.support.contracts import (
    ERRORS,
    EVENTS,
    OPENAPI,
    PROCEDURES,
    contents,
    is_of_rest,
    operations,
    parameters,
    schema_of,
    takes_input,
    validator,
)


def test_examples_are_what_they_are_examples_of() -> None:
    """The example was copied first; the answer to it was a 400."""
    refusals = [
        (schema_of(one), OPENAPI["components"]["examples"][one.code]["value"]) for one in ERRORS if is_of_rest(one)
    ]
    bodies = [(content["schema"], content["example"]) for content in contents() if "example" in content]
    sent = [(one["schema"], one["example"]) for one in parameters() if "example" in one]
    headers = [(one["schema"], one["example"]) for one in OPENAPI["components"]["headers"].values()]
    given = [(schema, one) for schema in PROCEDURES["$defs"].values() for one in schema.get("examples", ())]
    assert min(map(len, (refusals, bodies, sent, headers, given))) > 0
    pairs = [*refusals, *bodies, *sent, *headers, *given]
    assert [example for schema, example in pairs if not validator(schema).is_valid(example)] == []


def test_whatever_is_sent_or_answered_has_an_example() -> None:
    """The schema said `string`; what it looked like was found out by calling."""
    unshown = [content["schema"] for content in contents() if "example" not in content and "examples" not in content]
    files = [{"type": "string"}, {"type": "object"}, {"type": "string"}]
    assert unshown == files
    assert [one["name"] for one in parameters() if one["required"] and "example" not in one] == []
    assert [one for one in OPENAPI["components"]["headers"].values() if "example" not in one] == []
    inputs = {one["properties"]["input"]["$ref"] for one in PROCEDURES["properties"].values() if takes_input(one)}
    assert [each for each in inputs if "examples" not in PROCEDURES["$defs"][each.rpartition("/")[2]]] == []


def test_everything_says_what_it_is() -> None:
    """`tenantSlug` was required, and nobody could say where to take it from."""
    assert [name for name, operation in operations() if not operation.get("description")] == []
    assert [one["name"] for one in parameters() if not one.get("description")] == []


def test_what_may_be_left_out_has_no_default_in_a_body() -> None:
    """openapi-typescript takes what has a default for what is always there: a booking would not compile without one."""
    schemas = OPENAPI["components"]["schemas"].values()
    assert [field for one in schemas for field in one.get("properties", {}).values() if "default" in field] == []


def test_a_default_is_one_that_could_be_sent() -> None:
    """A form began with a time zone of no letters, which is what stands inside for `your own`."""
    fields = [field for one in PROCEDURES["$defs"].values() for field in one.get("properties", {}).values()]
    defaults = [(field, field["default"]) for field in fields if "default" in field]
    assert defaults
    assert [field for field, default in defaults if not validator(field).is_valid(default)] == []


def test_an_answer_without_a_body_declares_none() -> None:
    """A client waited for the page that came with a 304."""
    responses = [(status, one) for _, operation in operations() for status, one in operation["responses"].items()]
    assert [status for status, one in responses if status in {"302", "304"} and "content" in one] == []


@pytest.mark.parametrize("schemas", [OPENAPI["components"]["schemas"], PROCEDURES["$defs"], EVENTS["$defs"]])
def test_every_type_has_a_name_of_its_own(schemas: dict[str, Any]) -> None:
    """The generator found two of one name, and made a `TourUpdated1` of the other."""
    titles = [schema["title"].lower() for schema in schemas.values()]
    assert len(titles) == len(set(titles))
    assert [title for title in titles if not title.isalnum()] == []


def test_what_is_always_answered_is_not_published_as_what_may_be_missing() -> None:
    """Generated code asked at each place whether there was a `status` at all; it had a default, and was always sent."""
    schemas = {**OPENAPI["components"]["schemas"], **PROCEDURES["$defs"]}
    doubtful = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, described in schema.get("properties", {}).items()
        if ("const" in described or described.get("type") == "null") and field not in schema["required"]
    ]
    assert doubtful == ["AvailabilityResponse.stale"], "which is only there where it is true"
