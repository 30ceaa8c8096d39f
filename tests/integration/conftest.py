"""One local stack for all integration tests; each test makes its own data in it."""

from collections.abc import Iterator

import pytest

from tests.support.local_stack import LocalStack, running


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    with running() as stack:
        yield stack
