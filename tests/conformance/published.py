"""What we publish of ourselves, and what the stack answers and tells: the one is valid by the other."""

import json
from collections.abc import Iterator
from functools import cache, partial
from typing import Any

from jsonschema import Draft202012Validator

from tests.conformance import documents
from tests.conformance.documents import Operation
from tests.conformance.events import EVENTS
from tests.conformance.item import Item
from tests.conformance.stage import Stage
from tests.conformance.story import example
from tests.support.house import ROOT


def items() -> Iterator[Item]:
    for operation in documents.operations():
        if operation.output:
            yield Item("published", operation.name, "answers are valid", partial(_answers_are_valid, operation))
    for name in EVENTS:
        yield Item("published", name, "theirs and ours are valid", partial(_event_is_valid, name))


def _answers_are_valid(operation: Operation, stage: Stage) -> None:
    for reply in stage.replies(operation):
        schema = _of_procedure(operation.name) if operation.is_trpc else _of_route(operation, reply.status)
        body = reply.body["result"]["data"]["json"] if operation.is_trpc else reply.body
        assert _problems(schema, body) == []


def _event_is_valid(name: str, stage: Stage) -> None:
    for event in (example(f"{name}.event"), stage.story.event(name)):
        assert _problems(_document("schemas/events"), event) == []


def _of_procedure(name: str) -> Any:
    document = _document("schemas/procedures")
    return {**document["properties"][name]["properties"]["output"], "$defs": document["$defs"]}


def _of_route(operation: Operation, status: int) -> Any:
    document = _document("openapi")
    answers = document["paths"][operation.path][operation.method.lower()]["responses"]
    return {**answers[str(status)]["content"]["application/json"]["schema"], "components": document["components"]}


@cache
def _document(name: str) -> Any:
    return json.loads((ROOT / "docs" / f"{name}.json").read_text())


def _problems(schema: Any, value: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(value)]
