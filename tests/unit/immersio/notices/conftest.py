"""Two schools whose e-mails are sent by the real worker, in November, before the first class."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.support.schools import Schools, founded


@pytest.fixture
def schools(aws: None) -> Iterator[Schools]:
    with time_machine.travel("2026-11-20T08:00:00Z", tick=False):
        yield founded()
