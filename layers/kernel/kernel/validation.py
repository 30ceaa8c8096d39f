"""Input as its model, or one error that names every field and the rule it broke."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from kernel.errors import InvalidInput

Parsed = TypeVar("Parsed", bound=BaseModel)


def parse(model: type[Parsed], source: Any, whole: str = "body") -> Parsed:
    """`whole` is what a rule about no field in particular is reported under."""
    try:
        return model.model_validate(source)
    except ValidationError as error:
        raise invalid(error, whole) from None


def invalid(error: ValidationError, whole: str = "body") -> InvalidInput:
    details = [
        {"field": ".".join(map(str, issue["loc"])) or whole, "message": issue["msg"].removeprefix("Value error, ")}
        for issue in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return InvalidInput("; ".join(f"{detail['field']}: {detail['message']}" for detail in details), details)
