"""Two schools; one has a receiver of its events, a real one that does as it is told."""

from collections.abc import Iterator

import pytest

from tests.support.schools import Schools, founded
from tests.support.sink import Served, Sink


@pytest.fixture
def schools(aws: None) -> Iterator[Schools]:
    sink = Sink()
    receiver = Served(sink.application())
    yield founded(sink, f"{receiver.url}/immersio")
    receiver.stop()
