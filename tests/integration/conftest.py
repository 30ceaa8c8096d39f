"""A deployment where nothing moves by itself, for tests that decide what happens when."""

from collections.abc import Iterator

import pytest

from tests.support.deployment import Still, still
from tests.support.world import World


@pytest.fixture(scope="session")
def deployment() -> Iterator[Still]:
    with still() as deployment:
        yield deployment


@pytest.fixture
def world(deployment: Still) -> Iterator[World]:
    """This process as one of its functions."""
    with deployment.entered() as world:
        yield world
