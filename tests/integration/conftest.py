"""A deployment where nothing moves by itself, for tests that decide what happens when."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from kernel import clock
from tests.support.deployment import Still, still
from tests.support.world import World

AHEAD = (clock.now() + timedelta(days=1)).replace(hour=9) - clock.now()
"""When these tests begin, their clock shows the morning of tomorrow: no midnight is near, and MiniStack, which has the
real time, deletes nothing as expired."""


@pytest.fixture(scope="session")
def deployment() -> Iterator[Still]:
    with still() as deployment:
        yield deployment


@pytest.fixture
def world(deployment: Still) -> Iterator[World]:
    """This process as one of its functions, in which it is day."""
    with deployment.entered() as world, time_machine.travel(clock.now() + AHEAD, tick=True):
        yield world
