"""A JSON Schema in TypeScript's words, which front-end engineers read at a glance."""

import json
from collections.abc import Iterator
from typing import Any

from local.contracts.schemas import Schema

INDENT = "  "
RULES = {
    "minLength": "at least {} long",
    "maxLength": "at most {} long",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "minItems": "at least {} entries",
    "maxItems": "at most {} entries",
    "pattern": "as {}",
    "default": "{} if left out",
}
EMPTY = ("minLength", 1)
"""Too little to be told."""
FORMATS = {"date-time": "ISO 8601", "date": "YYYY-MM-DD", "email": "an e-mail address", "uri": "a web address"}


class Shapes:
    """`definitions` are what `$ref`s lead to; over superjson a moment is a Date, over REST it is text."""

    def __init__(self, definitions: Schema, *, dates: bool) -> None:
        self._definitions, self._dates = definitions, dates

    def of(self, schema: Schema, depth: int = 0) -> str:
        match schema:
            case {"$ref": str(reference)}:
                return self.of(self._definitions[reference.rpartition("/")[2]], depth)
            case {"const": value}:
                return json.dumps(value)
            case {"enum": [*values]}:
                return " | ".join(map(json.dumps, values))
            case {"anyOf": [*choices]} | {"oneOf": [*choices]}:
                return " | ".join(dict.fromkeys(self.of(choice, depth) for choice in choices))
            case {"properties": dict(properties)}:
                return self._object(properties, set(schema.get("required", ())), depth)
            case {"type": "array"}:
                return self._array(schema, depth)
            case {"type": "object", "additionalProperties": dict(values)}:
                return f"Record<string, {self.of(values, depth)}>"
            case _:
                return self._simple(schema)

    def _simple(self, schema: Schema) -> str:
        if schema.get("format") == "date-time" and self._dates:
            return "Date"
        words = {"integer": "number", "object": "Record<string, unknown>"}
        kind = str(schema.get("type", "unknown"))
        return words.get(kind, kind)

    def _array(self, schema: Schema, depth: int) -> str:
        if "prefixItems" in schema:
            return "[" + ", ".join(self.of(one, depth) for one in schema["prefixItems"]) + "]"
        inner = self.of(schema.get("items", {}), depth)
        return f"({inner})[]" if " | " in inner and not inner.startswith("{") else f"{inner}[]"

    def _object(self, properties: Schema, required: set[str], depth: int) -> str:
        lines = [
            line for name, field in properties.items() for line in self._field(name, field, name in required, depth + 1)
        ]
        return "\n".join(["{", *lines, INDENT * depth + "}"])

    def _field(self, name: str, field: Schema, is_required: bool, depth: int) -> Iterator[str]:
        mark = "" if is_required else "?"
        says = "; ".join(self._said(field))
        yield from ([f"{INDENT * depth}/** {says} */"] if says else [])
        yield f"{INDENT * depth}{name}{mark}: {self.of(field, depth)}"

    def _said(self, field: Schema) -> Iterator[str]:
        if "description" in field:
            yield str(field["description"]).rstrip(".")
        for one in [field, *field.get("anyOf", [])]:
            if one.get("format") in FORMATS and not (self._dates and one["format"] == "date-time"):
                yield FORMATS[one["format"]]
            yield from (rule.format(_plain(name, one[name])) for name, rule in RULES.items() if _is_told(one, name))


def _is_told(field: Schema, name: str) -> bool:
    return field.get(name) is not None and (name, field[name]) != EMPTY


def _plain(name: str, value: Any) -> str:
    if name == "pattern":
        return str(value)
    return f"{value:,}" if isinstance(value, int | float) and not isinstance(value, bool) else json.dumps(value)
