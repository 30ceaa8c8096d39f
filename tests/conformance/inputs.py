"""What an operation takes, field by field: what it is, whether it may be left out, and each of its bounds from both
sides."""

import copy
import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from tests.conformance import defaults
from tests.conformance.documents import Operation
from tests.conformance.item import Item
from tests.conformance.shapes import Shape
from tests.conformance.stage import Stage
from tests.conformance.wire import Reply

REFUSED = "VALIDATION_ERROR"
WRONG: dict[str, tuple[Any, ...]] = {
    "string": (5, ["text"]),
    "number": ("5", True),
    "boolean": ("true", 1),
    "date": ("2026-12-01T14:00:00.000Z", 1764547200, "soon"),
    "enum": ("no-such-word", "", 1),
    "object": ("text", ["entry"]),
    "record": ("text", ["entry"]),
    "array": ("text", {"0": "entry"}),
}
"""Values of other kinds; text is no Date where superjson does not say so."""
NO_EMAILS = ("ada", "ada@", "@example.com", "ada@example.com, eve@example.com")
NO_URLS = ("example.com/logo", "logo.png", "//example.com/logo.png", "https://")

Path = tuple[str, ...]


def items(operation: Operation) -> Iterator[Item]:
    yield Item(operation.section, operation.name, "takes what the document says", partial(_is_taken, operation))
    for path, shape in operation.input.walk():
        name = ".".join(path)
        for says, check in _rules(operation, path, shape):
            yield Item(operation.section, operation.name, f"{name} {says}", check)


def _rules(operation: Operation, path: Path, shape: Shape) -> Iterator[tuple[str, Any]]:
    where = (operation, path)
    if shape.kind != "any" and not (operation.is_query_string and shape.kind == "string"):
        wrong = WRONG[shape.kind] + (() if shape.is_nullable or not operation.is_trpc else (None,))
        yield f"is {shape}", partial(_refuses, *where, wrong)
    if shape.may_be_left_out:
        yield "may be left out", partial(_accepts, *where, [MISSING])
    elif f"{{{path[0]}}}" in operation.path:
        yield "is required, in the path", partial(_leads_nowhere, *where)
    else:
        yield "is required", partial(_refuses, *where, [MISSING])
    if shape.is_nullable:
        yield "may be null", partial(_accepts, *where, [None])
    if shape.default is not None:
        yield f"is {shape.default} by default", partial(_has_default, *where, shape.default)
    if shape.kind == "enum":
        for word in shape.words:
            yield f"may be {word}", partial(_accepts, *where, [word])
    yield from _bounds(where, shape)


def _bounds(where: tuple[Operation, Path], shape: Shape) -> Iterator[tuple[str, Any]]:
    operation, path = where
    if shape.minimum is not None:
        fits, does_not = _sized(shape, shape.minimum), _sized(shape, shape.minimum - 1)
        yield f"has a minimum of {shape.minimum}", partial(_is_bounded, *where, [fits], [does_not])
    if shape.maximum is not None:
        fits, does_not = _sized(shape, shape.maximum), _sized(shape, shape.maximum + 1)
        yield f"has a maximum of {shape.maximum}", partial(_is_bounded, *where, [fits], [does_not])
    if "email" in shape.flags:
        yield "is an e-mail address", partial(_is_bounded, *where, ["$new_email"], NO_EMAILS)
    if "url" in shape.flags:
        address = "$receiver" if path == ("webhookUrl",) else "https://example.com/a/page"
        yield "is a URL", partial(_is_bounded, *where, [address], NO_URLS)
    if shape.pattern is not None:
        samples = operation.samples[".".join(path)]
        _check_samples(shape.pattern, **samples)
        says = f"matches {shape.pattern}"
        yield says, partial(_is_bounded, *where, samples["fits"], samples["does_not"])


def _sized(shape: Shape, size: int) -> Any:
    return "x" * size if shape.kind == "string" else size


def _check_samples(pattern: str, fits: list[str], does_not: list[str]) -> None:
    assert all(re.search(pattern, text) for text in fits), fits
    assert not any(re.search(pattern, text) for text in does_not), does_not


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


MISSING: Any = _Missing()


def changed(operation: Operation, path: Path, value: Any) -> dict[str, Any]:
    """What the data sends, with another value at one place, or nothing at all."""
    sent = copy.deepcopy(operation.sends)
    names = {".".join(path), *(".".join(path[:length]) for length in range(1, len(path)))}
    for name in sorted(names & operation.instead.keys()):
        sent.update(copy.deepcopy(operation.instead[name]))
    inner: Any = sent
    *above, last = [0 if step == "[]" else step for step in path]
    for step in above:
        inner = inner[step]
    if value is MISSING:
        del inner[last]
    else:
        inner[last] = value
    return sent


def is_accepted(operation: Operation, reply: Reply) -> bool:
    return reply.status < 300 or reply.code in operation.accepts


def _is_taken(operation: Operation, stage: Stage) -> None:
    reply = stage.call(operation)
    assert is_accepted(operation, reply), reply


def _accepts(operation: Operation, path: Path, values: Sequence[Any], stage: Stage) -> None:
    for value in values:
        reply = stage.call(operation, changed(operation, path, value))
        assert is_accepted(operation, reply), f"{value!r} was refused: {reply}"


def _refuses(operation: Operation, path: Path, values: Sequence[Any], stage: Stage) -> None:
    name = ".".join("0" if step == "[]" else step for step in path)
    codes = {REFUSED, *operation.refuses.get(name, ())}
    for value in values:
        reply = stage.call(operation, changed(operation, path, value), is_refused=True)
        assert 400 <= reply.status < 500, f"{value!r} was taken: {reply}"
        assert reply.code in codes, f"{value!r} was refused with another code: {reply}"
        if reply.code == REFUSED:
            assert any(field.startswith(name) for field in reply.fields), f"{name} is not named: {reply}"


def _leads_nowhere(operation: Operation, path: Path, stage: Stage) -> None:
    """Without it the address is another, and nobody's."""
    reply = stage.call(operation, changed(operation, path, MISSING))
    assert reply.status == 404, reply


def _is_bounded(operation: Operation, path: Path, fits: Sequence[Any], does_not: Sequence[Any], stage: Stage) -> None:
    _accepts(operation, path, fits, stage)
    _refuses(operation, path, does_not, stage)


def _has_default(operation: Operation, path: Path, default: Any, stage: Stage) -> None:
    seen = defaults.SEEN[operation.name, ".".join(path)](stage, operation, changed(operation, path, MISSING))
    assert seen == default, f"it was {seen!r}"
