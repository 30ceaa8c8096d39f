"""The tours document's services: functions that exist and take what the document gives them, and its kinds of tests."""

import inspect
from collections.abc import Iterator
from functools import partial
from importlib import import_module

from tests.conformance import documents
from tests.conformance.item import Item
from tests.conformance.stage import Stage
from tests.support.house import ROOT


def items() -> Iterator[Item]:
    data = documents.load("services")
    for service, functions in data["functions"].items():
        for said, ours in functions.items():
            yield Item("tours, services", service, said, partial(_is_a_function, ours))
    for said, path in data["tests"].items():
        yield Item("tours, testing", "there are", said, partial(_is_a_test, path))


def _is_a_function(ours: str, _stage: Stage) -> None:
    place, _, given = ours.partition("(")
    module, _, name = place.partition(":")
    found = getattr(import_module(module), name)
    assert inspect.isfunction(found)
    parameters = list(inspect.signature(found).parameters)
    expected = given.rstrip(")").split(", ") if given else []
    assert parameters[: len(expected)] == expected, parameters


def _is_a_test(path: str, _stage: Stage) -> None:
    assert "\ndef test_" in (ROOT / path).read_text()
