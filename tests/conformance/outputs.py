"""What an operation answers, field by field, and in which words it refuses."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from tests.conformance.documents import Operation
from tests.conformance.item import Item
from tests.conformance.shapes import Shape
from tests.conformance.stage import Stage
from tests.conformance.wire import badly_written_dates
from tests.support.schools import procedures

Path = tuple[str, ...]
Check = Callable[[Stage], None]


def items(operation: Operation) -> Iterator[Item]:
    for says, check in (*_answers(operation), *_edges(operation)):
        yield Item(operation.section, operation.name, says, check)


def _answers(operation: Operation) -> Iterator[tuple[str, Check]]:
    if operation.output is None:
        return
    yield "answers these fields and no others", partial(_is_whole, operation)
    for path, shape in operation.output.walk():
        name = ".".join(path)
        check = _is_declared if name in operation.unseen else _is_seen
        yield f"answers {name}, {shape}", partial(check, operation, path, shape)
        if shape.is_nullable:
            yield f"answers {name} as null where there is none", partial(_is_null, operation, path)


def _edges(operation: Operation) -> Iterator[tuple[str, Check]]:
    for refusal in operation.refusals:
        says = f"answers {refusal['status']} {refusal['code']}"
        yield says, partial(_refuses_in_words, operation, refusal)
    for header, value in operation.headers.items():
        yield f"header {header} is {value}", partial(_needs_header, operation, header, value)
    for event in operation.events:
        yield f"takes {event}", partial(_takes_event, operation, event)
    if operation.kind == "mutation":
        yield "is a mutation", partial(_is_no_query, operation)
    if operation.is_trpc:
        yield "requires a session", partial(_needs_session, operation)


def _is_whole(operation: Operation, stage: Stage) -> None:
    assert operation.output
    for reply in stage.replies(operation):
        value = reply.value
        for name in operation.ours:
            value.pop(name, None)
        assert list(operation.output.problems(value)) == []
        assert not operation.is_trpc or badly_written_dates(reply.body) == []


def _is_seen(operation: Operation, path: Path, shape: Shape, stage: Stage) -> None:
    """In every answer it is as it should be, and in one of them it has a value."""
    found = [value for reply in stage.replies(operation) for value in _at(reply.value, path)]
    problems = [problem for value in found for problem in shape.problems(value)]
    assert problems == []
    assert any(value is not None for value in found), "no answer has it"


def _is_null(operation: Operation, path: Path, stage: Stage) -> None:
    assert None in [value for reply in stage.replies(operation) for value in _at(reply.value, path)]


def _at(value: Any, path: Path) -> list[Any]:
    """Whatever stands there, of every entry of a list."""
    found = [value]
    for step in path:
        if step == "[]":
            found = [entry for each in found for entry in each]
        else:
            found = [each[step] for each in found if isinstance(each, dict) and step in each]
    return found


def _is_declared(operation: Operation, path: Path, shape: Shape, stage: Stage) -> None:
    """No answer can show it (calls.yaml says why), so this is what the procedure declares; its list is there."""
    *above, name = path
    assert above[-1] == "[]", path
    assert all(isinstance(value, list) for reply in stage.replies(operation) for value in _at(reply.value, path[:-2]))
    declared = procedures()[operation.name].output.model_json_schema(by_alias=True, mode="serialization")
    inner = declared["properties"][above[0]]["items"]
    inner = declared["$defs"][inner["$ref"].rpartition("/")[2]]
    assert inner["properties"][name]["type"] == shape.kind
    assert name in inner["required"]


def _refuses_in_words(operation: Operation, refusal: dict[str, Any], stage: Stage) -> None:
    sent = {**operation.sends, **refusal.get("sends", {})}
    reply = stage.call(operation, sent, headers=refusal.get("headers"))
    assert (reply.status, reply.body["error"], reply.body["code"]) == tuple(
        refusal[part] for part in ("status", "error", "code")
    ), reply


def _needs_header(operation: Operation, header: str, value: str, stage: Stage) -> None:
    """A required one may not be missing; with the value that the document names, requests are taken."""
    if value == "required":
        reply = stage.call(operation, headers={header: None})
        assert (reply.status, reply.code) == (operation.refusals[0]["status"], operation.refusals[0]["code"]), reply
    reply = stage.call(operation, headers={} if value == "required" else {header: value})
    assert reply.status == 200, reply


def _takes_event(operation: Operation, event: str, stage: Stage) -> None:
    reply = stage.call(operation, {**operation.sends, "event": event, "data": operation.event_data[event]})
    assert reply.status == 200, reply
    assert reply.body == {"success": True, "processed": True}


def _is_no_query(operation: Operation, stage: Stage) -> None:
    reply = stage.wire.procedure(operation.name, {}, stage.owner, "query")
    assert reply.status == 405, reply


def _needs_session(operation: Operation, stage: Stage) -> None:
    reply = stage.call(operation, by=None)
    assert (reply.status, reply.code) == (401, "UNAUTHORIZED"), reply
