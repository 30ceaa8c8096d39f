"""By day: imported by a conftest, it holds for every test below it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine


@pytest.fixture(autouse=True, scope="module")
def morning() -> Iterator[None]:
    """Tests of a module begin at nine in UTC, today: nowhere does a day end in their middle, nor are clocks changed."""
    with time_machine.travel(datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0), tick=True):
        yield
