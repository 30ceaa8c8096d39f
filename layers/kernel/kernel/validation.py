"""Input as its model, or one error that names every field and the rule it broke."""

import re
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from kernel.errors import InvalidInput

Parsed = TypeVar("Parsed", bound=BaseModel)

RULES = {
    "missing": "is required",
    "extra_forbidden": "is not known here; leave it out",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "multiple_of": "must be a multiple of {multiple_of}",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "date_type": "must be a date such as 2026-12-01",
    "date_from_datetime_parsing": "must be a date such as 2026-12-01",
    "time_type": "must be a time of day such as 14:30",
    "time_parsing": "must be a time of day such as 14:30",
    "timezone_aware": "must say its time zone, such as 2026-12-01T14:00:00Z",
    "url_type": "must be a web address such as https://example.com",
    "url_parsing": "must be a web address such as https://example.com",
    "url_scheme": "must be a web address such as https://example.com",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
}
"""Pydantic's kinds of errors in words for people; the others keep pydantic's own."""
MEMBER = re.compile(r"<\w+\.\w+: ('[^']*')>")
"""As Python shows one of an enumeration; a client knows it by its value."""
LENGTHS = {
    "too_short": ("at least", "min_length"),
    "string_too_short": ("at least", "min_length"),
    "too_long": ("at most", "max_length"),
    "string_too_long": ("at most", "max_length"),
}


def parse(model: type[Parsed], source: Any, whole: str = "body") -> Parsed:
    """`whole` is what a rule about no field in particular is reported under."""
    try:
        return model.model_validate(source)
    except ValidationError as error:
        raise invalid(error, whole) from None


def invalid(error: ValidationError, whole: str = "body") -> InvalidInput:
    details = [
        {"field": ".".join(map(str, issue["loc"])) or whole, "message": _rule(issue)}
        for issue in error.errors(include_url=False)
    ]
    return InvalidInput("; ".join(f"{detail['field']}: {detail['message']}" for detail in details), details)


def _rule(issue: ErrorDetails) -> str:
    kind, context = issue["type"], issue.get("ctx", {})
    if kind in RULES:
        return MEMBER.sub(r"\1", RULES[kind].format(**context))
    if kind in LENGTHS:
        bound, name = LENGTHS[kind]
        return f"must have {bound} {_counted(context[name], is_text=isinstance(issue['input'], str))}"
    return issue["msg"].removeprefix("Value error, ")


def _counted(length: int, *, is_text: bool) -> str:
    one, more = ("character", "characters") if is_text else ("entry", "entries")
    return f"{length} {one if length == 1 else more}"
