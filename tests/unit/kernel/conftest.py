"""Tests of the kernel that need AWS have moto's: a table, queues and secrets, and no tour."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from kernel import table
from tests.support import world as worlds
from tests.support.inside import forget_clients, mocked
from tests.support.sink import Served, Sink
from tests.support.world import World

Refuse = Callable[..., list[str]]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with mocked():
        forget_clients()
        for name, value in worlds.create_aws().items():
            monkeypatch.setenv(name, value)
        yield
    forget_clients()


@pytest.fixture
def world(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The tours' functions on top, where a promise of the kernel shows only in what they answer."""
    sink = Sink()
    resman, receiver = worlds.serve_resman(), Served(sink.application())
    monkeypatch.setenv("RESMAN_BASE_URL", resman.url)
    world = World(resman=resman.url, sink=sink)
    worlds.settle(world, f"{receiver.url}/chatbot")
    yield world
    resman.stop()
    receiver.stop()


@pytest.fixture
def refuse(aws: None) -> Refuse:
    """Make DynamoDB answer with errors, as no emulator does; returns the operations it has refused so far.

    A handler of `before-call` answers in place of the service: moto takes part in `before-send` itself.
    """

    def install(operation: str, code: str, times: int, reasons: tuple[str, ...] = ()) -> list[str]:
        refused: list[str] = []

        def answer(model: Any, **_: Any) -> Any:
            if len(refused) >= times:
                return None
            refused.append(model.name)
            error: dict[str, Any] = {"Error": {"Code": code, "Message": "asked for by a test"}, "ResponseMetadata": {}}
            if reasons:
                error["CancellationReasons"] = [{"Code": reason, "Message": reason} for reason in reasons]
            return AWSResponse("", 400, HTTPHeaders(), None), error

        table.client().meta.events.register(f"before-call.dynamodb.{operation}", answer)
        return refused

    return install
