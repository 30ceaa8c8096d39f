"""A table, and nothing else of the schools."""

from collections.abc import Iterator

import pytest

from tests.support import world as worlds
from tests.support.daytime import morning
from tests.support.inside import forget_clients, mocked

__all__ = ["morning"]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with mocked():
        forget_clients()
        for name, value in worlds.create_aws().items():
            monkeypatch.setenv(name, value)
        yield
    forget_clients()
