"""The words of the document: `z.string().min(3).optional()` and the like, read as what a value has to be.

Whatever is not understood is an error, so that no rule of the document is passed over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

TOKENS = re.compile(
    r"""\s*(?://[^\n]*\n\s*)*(?:
    (?P<text>'[^']*')|(?P<pattern>/(?:[^/\\]|\\.)+/)|(?P<number>-?\d+)|(?P<word>\w+)|(?P<sign>[(){}\[\],:.]))""",
    re.VERBOSE,
)
NAMED = {"true": True, "false": False}
FLAGS = {"email", "url", "passthrough"}
MISSING = object()


@dataclass(frozen=True)
class Shape:
    kind: str
    """string, number, boolean, date, enum, literal, object, array, record, any"""
    words: tuple[Any, ...] = ()
    """Of an enum or a literal."""
    fields: "dict[str, Shape]" = field(default_factory=dict)
    of: "Shape | None" = None
    """What an array or a record has."""
    is_optional: bool = False
    is_nullable: bool = False
    default: Any = None
    """None: there is none."""
    minimum: int | None = None
    maximum: int | None = None
    pattern: str | None = None
    flags: frozenset[str] = frozenset()

    @property
    def may_be_left_out(self) -> bool:
        return self.is_optional or self.default is not None

    def __str__(self) -> str:
        named = {"enum": "one of " + ", ".join(map(str, self.words)), "literal": str(self.words[:1])}
        return named.get(self.kind, self.kind) + (" or null" if self.is_nullable else "")

    def walk(self, path: tuple[str, ...] = ()) -> "Iterator[tuple[tuple[str, ...], Shape]]":
        """Every field with its path, the inner ones behind the outer; `[]` is any entry of a list."""
        if path and path[-1] != "[]":
            yield path, self
        for name, inner in self.fields.items():
            yield from inner.walk((*path, name))
        if self.kind == "array" and self.of:
            yield from self.of.walk((*path, "[]"))

    def problems(self, value: Any, path: str = "") -> Iterator[str]:
        """What is not as it should be, deep down too; a key that is not here is a problem."""
        if value is None and self.is_nullable:
            return
        if not _is(self, value):
            yield f"{path or 'it'} is {'missing' if value is MISSING else repr(value)}, not {self}"
            return
        if self.kind == "object" and "passthrough" not in self.flags:
            yield from (f"{path}.{name} is not in the document" for name in value.keys() - self.fields.keys())
        for name, inner in self.fields.items():
            if name in value or not inner.may_be_left_out:
                yield from inner.problems(value.get(name, MISSING), f"{path}.{name}")
        if self.of:
            entries = value.items() if self.kind == "record" else enumerate(value)
            for place, entry in entries:
                yield from self.of.problems(entry, f"{path}.{place}")


def _is(shape: Shape, value: Any) -> bool:
    match shape.kind:
        case "string":
            return isinstance(value, str)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "date":
            return isinstance(value, datetime)
        case "enum" | "literal":
            return value in shape.words and type(value) in {type(word) for word in shape.words}
        case "object" | "record":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
    return value is not MISSING


def read(text: str) -> Shape:
    words = _Words(text)
    shape = words.shape()
    words.end()
    return shape


class _Words:
    def __init__(self, text: str) -> None:
        self._found = list(_tokens(text))
        self._at = 0

    def shape(self) -> Shape:
        """`z.kind(…).rule(…)…`"""
        self._take("z")
        shape: Shape | None = None
        while self._peek() == ".":
            self._take(".")
            name = self._next()
            arguments = self._arguments()
            shape = _begun(name, arguments) if shape is None else _ruled(shape, name, arguments)
        if shape is None:
            raise ValueError("z alone says nothing")
        return shape

    def end(self) -> None:
        if self._at != len(self._found):
            raise ValueError(f"not understood: {' '.join(self._found[self._at :])}")

    def _arguments(self) -> list[Any]:
        return self._until("(", ")", self._value)

    def _value(self) -> Any:
        token = self._peek()
        if token == "z":
            return self.shape()
        if token == "{":
            return dict(self._until("{", "}", self._pair))
        if token == "[":
            return self._until("[", "]", self._value)
        return _literal(self._next())

    def _pair(self) -> tuple[str, Any]:
        name = self._next()
        self._take(":")
        return name, self._value()

    def _until(self, opens: str, closes: str, one: Any) -> list[Any]:
        self._take(opens)
        found = []
        while self._peek() != closes:
            found.append(one())
            if self._peek() != closes:
                self._take(",")
        self._take(closes)
        return found

    def _peek(self) -> str:
        return self._found[self._at] if self._at < len(self._found) else ""

    def _next(self) -> str:
        self._at += 1
        return self._found[self._at - 1]

    def _take(self, token: str) -> None:
        if self._next() != token:
            raise ValueError(f"{token} expected before: {' '.join(self._found[self._at - 1 :][:10])}")


def _tokens(text: str) -> Iterator[str]:
    text, at = re.sub(r"\s//[^\n]*", "", text).strip(), 0
    while at < len(text):
        found = TOKENS.match(text, at)
        if not found:
            raise ValueError(f"not understood: {text[at : at + 40]}")
        yield found[0].strip()
        at = found.end()


def _literal(token: str) -> Any:
    if token[0] in "'/":
        return token[1:-1]
    return NAMED[token] if token in NAMED else int(token)


def _begun(kind: str, arguments: list[Any]) -> Shape:
    match kind, arguments:
        case (("string" | "number" | "boolean" | "date" | "any"), []):
            return Shape(kind)
        case ("enum", [list(words)]):
            return Shape(kind, words=tuple(words))
        case ("literal", [word]):
            return Shape(kind, words=(word,))
        case ("object", [dict(fields)]):
            return Shape(kind, fields=fields)
        case (("array" | "record"), [Shape() as inner]):
            return Shape(kind, of=inner)
    raise ValueError(f"not understood: z.{kind}({arguments})")


def _ruled(shape: Shape, rule: str, arguments: list[Any]) -> Shape:
    match rule, arguments:
        case "optional", []:
            return replace(shape, is_optional=True)
        case "nullable", []:
            return replace(shape, is_nullable=True)
        case "default", [value]:
            return replace(shape, default=value)
        case "min", [int(number)]:
            return replace(shape, minimum=number)
        case "max", [int(number)]:
            return replace(shape, maximum=number)
        case "regex", [str(pattern)]:
            return replace(shape, pattern=pattern)
        case flag, [] if flag in FLAGS:
            return replace(shape, flags=shape.flags | {flag})
    raise ValueError(f"not understood: .{rule}({arguments})")
