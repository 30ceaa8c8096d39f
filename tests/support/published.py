"""What is told to others and what procedures answer, held against docs/schemas/."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError as JsonSchemaError
from pydantic import TypeAdapter

from local.contracts import details
from tests.support.contracts import EVENTS, PROCEDURES


def unpublished(told: Iterable[Any]) -> list[str]:
    """The bodies that are none of our published events, each with the rule it breaks."""
    broken = ((body, next(_published(body["event"]).iter_errors(body), None)) for body in told)
    return [f"{body['event']}: {error.json_path} {error.message}" for body, error in broken if error]


def unpublished_answer(procedure: str, answer: Any) -> str | None:
    """The rule that a procedure's answer breaks, or its error; who calls several at once is not looked at."""
    match answer:
        case {"result": {"data": {**data}}}:
            broken = next(_answers(procedure, "output").iter_errors(data.get("json")), None)
        case {"error": {"json": {"data": {"appCode": code, **more}}}}:
            broken = next(_answers(procedure, "appCode").iter_errors(code), None) or _broken_details(
                code, more.get("details")
            )
        case _:
            return None
    return broken and f"{procedure}: {broken.json_path} {broken.message}"


def _broken_details(code: str, told: Any) -> JsonSchemaError | None:
    return None if told is None else next(_details(code).iter_errors(told), None)


@cache
def _details(code: str) -> Draft202012Validator:
    """Of an error that is published without details, none are right."""
    kinds = {error.code: kind for error, kind in details.OF.items()}
    return Draft202012Validator(TypeAdapter(kinds[code]).json_schema(by_alias=True) if code in kinds else {"not": {}})


@cache
def _answers(procedure: str, field: str) -> Draft202012Validator:
    """Of what is no procedure nothing is published."""
    described = PROCEDURES["properties"].get(procedure, {"properties": {}})["properties"]
    rule = {**described.get(field, {}), "$defs": PROCEDURES["$defs"]}
    return Draft202012Validator(rule, format_checker=Draft202012Validator.FORMAT_CHECKER)


@cache
def _published(event: str) -> Draft202012Validator:
    """Of an event that nobody published, none is right."""
    one = {"$ref": f"#/$defs/{event}"}
    rule: dict[str, Any] = one if one in EVENTS["oneOf"] else {"not": {}}
    return Draft202012Validator({**rule, "$defs": EVENTS["$defs"]})
