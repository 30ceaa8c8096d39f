"""superjson, as tRPC's clients speak it: JSON, and beside it the paths whose values JSON cannot say.

    {"json": {"after": "2026-01-01T00:00:00.000Z"}, "meta": {"values": {"after": ["Date"]}}}

Read: Date (an aware datetime), undefined (absent from an object, `UNDEFINED` elsewhere), number (NaN, infinities, -0),
bigint, set (a list) and map (a list of pairs); every other type is refused. Written: Date, undefined and number.
Paths that lead nowhere are passed over, as JavaScript does: superjson 1.9 does not escape the dots of keys.
`meta.referentialEqualities` is not needed: what is referred to twice is written twice.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter

from kernel import clock
from kernel.errors import InvalidInput

DEEPEST = 32
LARGEST_SAFE_INTEGER: Final = 2**53 - 1
POISONOUS = {"__proto__", "constructor", "prototype"}
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf, "-0": -0.0}


class Undefined(Enum):
    """JavaScript's second nothing: not given, where null is given as nothing."""

    UNDEFINED = "undefined"


UNDEFINED: Final = Undefined.UNDEFINED
_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)


def decode(envelope: Any) -> Any:
    """The value inside of `{"json": …, "meta"?: …}`; whatever is no such envelope says nothing, as in JavaScript."""
    if not isinstance(envelope, dict) or "json" not in envelope:
        return UNDEFINED
    value = _checked(envelope["json"], _Place())
    meta = envelope.get("meta")
    if not isinstance(meta, dict) or meta.get("values") is None:
        return value
    return _annotated(value, meta["values"], _Place(escapes="\\." if meta.get("v") else "."))


def encode(value: Any) -> dict[str, Any]:
    """The envelope of a value made of models, JSON types, aware datetimes and `UNDEFINED`."""
    kinds: dict[_Steps, list[str]] = {}
    json = _encoded(value, (), kinds)
    if not kinds:
        return {"json": json}
    return {"json": json, "meta": {"values": kinds.get(()) or {_path(steps): kind for steps, kind in kinds.items()}}}


_Steps = tuple[str, ...]


@dataclass(frozen=True)
class _Place:
    """Where in a value we are, for messages and for the limit of depth."""

    path: str = "input"
    depth: int = 0
    escapes: str = "."
    r"""What a backslash in a path may stand before; before anything else it stands for itself. `\\` came with `v: 1`"""

    def __truediv__(self, step: object) -> "_Place":
        if self.depth == DEEPEST:
            raise InvalidInput.field("input", f"is nested more than {DEEPEST} levels deep")
        return replace(self, path=f"{self.path}.{step}", depth=self.depth + 1)

    def steps(self, path: str) -> list[str]:
        steps = [""]
        for part in re.findall(rf"\\[{re.escape(self.escapes)}]|[.\\]|[^.\\]+", path):
            if part == ".":
                steps.append("")
            else:
                steps[-1] += part[-1] if part[0] == "\\" else part
        return steps

    def refused(self, rule: str) -> InvalidInput:
        return InvalidInput.field(self.path, rule)


def _checked(value: Any, place: _Place) -> Any:
    """The JSON value itself, if nothing in it could harm those who handle it."""
    match value:
        case str():
            _check_text(value, place)
        case float() if not math.isfinite(value):
            raise place.refused("is too large for a number")
        case list():
            for position, inner in enumerate(value):
                _checked(inner, place / position)
        case dict():
            for key, inner in value.items():
                _check_key(key, place)
                _checked(inner, place / key)
    return value


def _check_text(text: str, place: _Place) -> None:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise place.refused("has half of a Unicode surrogate pair")


def _check_key(key: str, place: _Place) -> None:
    _check_text(key, place)
    if key in POISONOUS:
        raise place.refused(f"must not have a key named {key}")


def _annotated(value: Any, annotations: Any, place: _Place) -> Any:
    """The value with one tree of annotations applied, the innermost first: `["set", {"0": ["Date"]}]`."""
    match annotations:
        case [kind]:
            return _typed(kind, value, place)
        case [kind, dict(children)]:
            return _typed(kind, _with_children(value, children, place), place)
        case dict():
            return _with_children(value, annotations, place)
        case _:
            raise place.refused("has an annotation in meta that is none of superjson's")


def _with_children(value: Any, children: Mapping[str, Any], place: _Place) -> Any:
    for key, annotations in children.items():
        container, position = _slot(value, place.steps(key), place)
        if container is not None:
            _put(container, position, _annotated(container[position], annotations, place / key))
    return value


def _slot(container: Any, steps: list[str], place: _Place) -> tuple[Any, Any]:
    """The container and position that the steps lead to, or None twice."""
    for step in steps[:-1]:
        position = _position(container, step, place)
        if position is None:
            return None, None
        container = container[position]
    position = _position(container, steps[-1], place)
    return (None, None) if position is None else (container, position)


def _position(container: Any, step: str, place: _Place) -> Any:
    """The key or index a step means in this container, or None."""
    if step in POISONOUS:
        raise place.refused(f"has an annotation in meta for {step}")
    match container:
        case dict() if step in container:
            return step
        case list() if re.fullmatch("[0-9]{1,7}", step) and int(step) < len(container):
            return int(step)
        case _:
            return None


def _put(container: Any, position: Any, value: Any) -> None:
    if value is UNDEFINED and isinstance(container, dict):
        del container[position]
    else:
        container[position] = value


def _typed(kind: Any, value: Any, place: _Place) -> Any:
    match kind, value:
        case "undefined", _:
            return UNDEFINED
        case "Date", str():
            return _date(value, place)
        case "number", str() if value in NUMBERS:
            return NUMBERS[value]
        case "bigint", str() if re.fullmatch(r"-?[0-9]{1,40}", value):
            return int(value)
        case "set" | "map", list():
            return value
        case (("Date" | "number" | "bigint" | "set" | "map"), _):
            raise place.refused(f"is not a {kind}, though meta says so")
        case _:
            raise place.refused("must be JSON, a Date, a bigint, a Set or a Map; no other type is taken")


def _date(text: str, place: _Place) -> datetime:
    if DATE.fullmatch(text):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise place.refused("must be a date of the years 1 to 9999 such as 2026-01-01T00:00:00.000Z")


def _encoded(value: Any, steps: _Steps, kinds: dict[_Steps, list[str]]) -> Any:
    match value:
        case BaseModel():
            return _encoded(value.model_dump(by_alias=True, exclude_unset=True), steps, kinds)
        case Mapping():
            return {str(key): _encoded(inner, (*steps, str(key)), kinds) for key, inner in value.items()}
        case list() | tuple():
            return [_encoded(inner, (*steps, str(position)), kinds) for position, inner in enumerate(value)]
        case _:
            json, kind = _leaf(value)
            if kind:
                kinds[steps] = [kind]
            return json


def _leaf(value: Any) -> tuple[Any, str | None]:
    """What JSON can say of the value, and what the client has to make of it."""
    match value:
        case Undefined():
            return None, "undefined"
        case datetime():
            return clock.iso(_aware(value)), "Date"
        case float() if not math.isfinite(value):
            return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN"), "number"
        case int() if abs(value) > LARGEST_SAFE_INTEGER:
            raise ValueError("JavaScript would round this integer; send it as text")
        case _:
            return _ANYTHING.dump_python(value, mode="json"), None


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError("each client would read a datetime without a zone in its own")
    return instant


def _path(steps: _Steps) -> str:
    return ".".join(step.replace(".", "\\.") for step in steps)
