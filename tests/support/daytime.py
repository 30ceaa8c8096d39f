"""By day: imported by a conftest, it holds for every test below it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine


@pytest.fixture(autouse=True)
def morning() -> Iterator[None]:
    """Nine o'clock in UTC, today: no minute ends in the middle of a test, and nowhere a day; no clocks are changed."""
    with time_machine.travel(datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0), tick=True):
        yield
