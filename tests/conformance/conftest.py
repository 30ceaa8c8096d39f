"""A stack for these tests alone: what they ask for counts against nobody else's limits."""

import socket
from collections.abc import Generator, Iterator

import pytest

from tests.conformance import items
from tests.conformance.stage import Stage
from tests.support.local_stack import LocalStack, running

TEST = "test_it_is_as_the_documents_say["
_kept: set[str] = set()


@pytest.fixture(scope="session")
def stack() -> Iterator[LocalStack]:
    with running() as stack:
        yield stack


@pytest.fixture(scope="session")
def stage(has_addresses: None, stack: LocalStack) -> Stage:
    return Stage(stack)


@pytest.fixture(scope="session")
def has_addresses() -> None:
    """Linux has all of 127.0.0.0/8; elsewhere each may have to be set up."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.1.0.1", 0))
        except OSError:
            pytest.skip("callers of several addresses need those of 127.0.0.0/8 on this machine's loopback")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" and report.passed and TEST in report.nodeid:
        _kept.add(report.nodeid)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None]:
    """Below all the rest. A line that was not looked at is not kept."""
    yield
    terminalreporter.write_line(f"Conformance: {len(_kept)} of {len(items.every())}")
