"""The real clients, and a server of ours for them."""

from collections.abc import Iterator

import pytest

from tests.clients.node import Node, Unavailable
from tests.support.sink import Served
from tests.wire import sample


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    try:
        started = Node()
    except Unavailable as reason:
        pytest.skip(f"the real clients need Node: {reason}")
    yield started
    started.stop()


@pytest.fixture(scope="module")
def school() -> Iterator[str]:
    """The address of the sample procedures, behind the local stack's own gateway."""
    with sample.aws():
        served = Served(sample.gateway())
        yield served.url
        served.stop()
