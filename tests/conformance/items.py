"""Every line of the documents: what N of N counts."""

from collections.abc import Iterator
from functools import cache

from tests.conformance import (
    codes,
    documents,
    events,
    examples,
    inputs,
    limits,
    meanings,
    outputs,
    published,
    sentences,
    services,
)
from tests.conformance.item import Item


@cache
def every() -> tuple[Item, ...]:
    found = tuple(_items())
    names = [str(item) for item in found]
    assert len(set(names)) == len(names), sorted(name for name in names if names.count(name) > 1)
    return found


def _items() -> Iterator[Item]:
    for operation in documents.operations():
        yield from inputs.items(operation)
        yield from outputs.items(operation)
    for part in (meanings, events, codes, limits, sentences, services, examples, published):
        yield from part.items()
