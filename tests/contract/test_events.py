"""The sample events: what a developer sends with `sam local invoke` is what the function really gets."""

import importlib.util
import inspect
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from kernel import outbox, table
from kernel.outbox import Message
from kernel.validation import parse
from tests.support.house import Function, functions, is_stream, queue_consumers, resources

HTTP = [one for one in functions() if one.route]
READ_FROM_QUEUES = {consumer for _, consumer in queue_consumers()}
OPERATED = [one for one in functions() if "operators" in one.folder.parts]
QUEUED = [one for one in functions() if one.logical_id in READ_FROM_QUEUES]


def name(function: Function) -> str:
    return function.logical_id


@pytest.mark.parametrize("function", HTTP, ids=name)
def test_a_request_is_one_that_api_gateway_would_have_routed_here(function: Function) -> None:
    """The sample event of one endpoint was copied from another, and nobody could make it work."""
    event = _event(function)
    method, path = str(function.route).split()
    assert event["version"] == "2.0"
    assert event["routeKey"] == event["requestContext"]["routeKey"] == function.route
    assert method in {event["requestContext"]["http"]["method"], "ANY"}
    assert event["rawPath"] == event["requestContext"]["http"]["path"] == _filled(path, event.get("pathParameters", {}))


@pytest.mark.parametrize("function", HTTP, ids=name)
def test_a_request_is_valid_input(function: Function) -> None:
    """A field was renamed; the sample showed the old name for a year, and partners copied it."""
    if model := _request_model(function):
        event = _event(function)
        query = str(function.route).startswith("GET")
        parse(model, event["queryStringParameters"] if query else json.loads(event["body"]))


@pytest.mark.parametrize("function", QUEUED, ids=name)
def test_a_queued_message_points_to_a_row_of_the_outbox(function: Function) -> None:
    """The sample carried the whole message, which the worker has never read."""
    for record in _event(function)["Records"]:
        assert record["eventSource"] == "aws:sqs"
        assert set(json.loads(record["body"])) == {"tenant", "id"}


def test_the_stream_carries_a_row_of_the_outbox() -> None:
    """The filter in the template and the row in the table drifted apart; no message left by way of the stream."""
    (router,) = (one for one in functions() if one.logical_id == "KernelWorkersRouteOutbox")
    (mapping,) = (
        one["Properties"]
        for one in resources("AWS::Lambda::EventSourceMapping").values()
        if is_stream(one["Properties"])
    )
    (record,) = _event(router)["Records"]
    (pattern,) = (json.loads(one["Pattern"]) for one in mapping["FilterCriteria"]["Filters"])
    message = Message.model_validate(table.decode(record["dynamodb"]["NewImage"]))
    written = outbox.put(message).request()["Put"]["Item"]
    assert record["dynamodb"]["NewImage"] == written
    assert record["eventName"] in pattern["eventName"]
    assert written["entity"]["S"] in pattern["dynamodb"]["NewImage"]["entity"]["S"]


@pytest.mark.parametrize("function", OPERATED, ids=name)
def test_what_an_operator_types_is_valid_input(function: Function) -> None:
    """At three in the morning an operator filled in a sample that the function then refused."""
    (parameter,) = inspect.signature(_handler(function), eval_str=True).parameters.values()
    parse(parameter.annotation, _event(function))


@pytest.mark.parametrize("function", functions(), ids=name)
def test_no_sample_holds_a_real_credential(function: Function) -> None:
    """A key that worked was committed in a sample event."""
    text = function.event_file.read_text()
    assert not re.search(r"whsec_[A-Za-z0-9+/]{20,}|sk_live|AKIA[A-Z0-9]{12}", text)
    keys = re.findall(r'"x-api-key": "([^"]*)"', text)
    assert all(key == "PUT-YOUR-API-KEY-HERE" for key in keys)


def _event(function: Function) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(function.event_file.read_text())
    return event


def _filled(path: str, parameters: dict[str, str]) -> str:
    return re.sub(r"{(\w+)\+?}", lambda match: parameters[match[1]], path)


def _request_model(function: Function) -> type[BaseModel] | None:
    parameters = inspect.signature(_handler(function), eval_str=True).parameters
    return parameters["request"].annotation if "request" in parameters else None


def _handler(function: Function) -> Callable[..., Any]:
    """The function inside of the handler, whose signature is the contract."""
    spec = importlib.util.spec_from_file_location(f"sampled_{function.logical_id}", function.handler_file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Callable[..., Any] = inspect.unwrap(module.handler)
    return handler
