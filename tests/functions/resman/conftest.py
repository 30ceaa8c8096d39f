"""In winter: Austin's times are written with its offset of then, -06:00."""

import pytest
import time_machine


@pytest.fixture(autouse=True)
def _in_december(now: time_machine.Traveller) -> None:
    """Tours are booked a week or two ahead, and clocks do not change for months."""
