"""What a procedure takes, as strict as zod: no number is read from text, no date from anything but a Date.

zod's `optional()` is a field that has a default and no `None`; `nullable()` is one that may be `None`;
`nullish()` is both.
"""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from kernel.superjson import LARGEST_SAFE_INTEGER


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


ABSENT: Any = Field(default=None, json_schema_extra=_without_default)
"""The default of a field that may be left out; its type says whether it may also be null."""


class Input(BaseModel):
    """A procedure's input: fields in snake_case here, in camelCase on the wire; unknown ones are dropped, as by zod."""

    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel, validate_by_name=False)


class Nothing(Input):
    """No input. `{}` and not giving any are the same here, though not to zod."""


class Output(BaseModel):
    """A procedure's output: a field that is not set is left out, one that is None is null."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, validate_by_name=True, validate_by_alias=False)


def _date(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    raise ValueError('must be a Date: superjson sends it as text, with ["Date"] at its path in meta.values')


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:  # noqa: PLR0124 - NaN
        raise ValueError("must be a number")
    if abs(value) > LARGEST_SAFE_INTEGER:
        raise ValueError("must be a number that JavaScript holds exactly, up to 9007199254740991")
    return int(value) if value == int(value) else value


def _whole(value: Any) -> int:
    number = _number(value)
    if number % 1:
        raise ValueError("must be a whole number")
    return int(number)


JsDate = Annotated[AwareDatetime, BeforeValidator(_date)]
"""`z.date()`: a Date on the wire, an aware datetime here, both ways."""

JsNumber = Annotated[int | float, BeforeValidator(_number)]
"""`z.number()`: an int where it is whole."""

JsInt = Annotated[int, BeforeValidator(_whole)]
"""`z.number()` that only makes sense whole: ids, counts, minutes, cents."""
