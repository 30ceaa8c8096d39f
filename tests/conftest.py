"""What holds for every test: no real account is ever touched, and in CI nothing is left out."""

import logging
import os
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from hypothesis import settings

if TYPE_CHECKING:
    from tests.support.local_stack import LocalStack

os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_SESSION_TOKEN="testing",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_EC2_METADATA_DISABLED="true",
    STAGE="local",
    POWERTOOLS_SERVICE_NAME="booking",
    POWERTOOLS_METRICS_NAMESPACE="Booking/local",
)
for name in ("AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
    os.environ.pop(name, None)

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

UNDECLARED = "undeclared error"
"""What is logged where a route answers a code that it does not declare (`kernel.contract`)."""


@pytest.fixture(scope="session")
def stack() -> Iterator["LocalStack"]:
    """One local stack for all integration and acceptance tests; each test makes its own data in it."""
    from tests.support.local_stack import running
    from tests.support.published import unpublished

    with running() as stack:
        yield stack
        assert unpublished(stack.told()) == []
    assert UNDECLARED not in stack.output, "a route answered a code that its contract does not list; see `errors=`"


@pytest.fixture(autouse=True)
def undeclared() -> Iterator[list[str]]:
    """No route may answer a code that its contract does not list, whichever test it is that meets it."""
    met: list[str] = []

    def notice(record: logging.LogRecord) -> bool:
        if record.getMessage() == UNDECLARED:
            met.append(f"{record.__dict__['route']} answered {record.__dict__['error_code']}")
        return True

    logger = logging.getLogger(os.environ["POWERTOOLS_SERVICE_NAME"])
    logger.addFilter(notice)
    yield met
    logger.removeFilter(notice)
    assert met == [], "declare it in the handler's `errors=`, or do not answer it"


@pytest.fixture
def now() -> Iterator[time_machine.Traveller]:
    """A morning in December: no midnight comes in the middle of a test."""
    with time_machine.travel("2026-12-01T08:00:00Z", tick=True) as traveller:
        yield traveller


Report = pytest.TestReport | pytest.CollectReport


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    return _forbid_skipping((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    return _forbid_skipping((yield))


def _forbid_skipping(report: Report) -> Report:
    """On a developer's machine a missing tool skips its tests; CI has every tool, so there a skip is a failure."""
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"CI may not skip a test: {report.longrepr}"
    return report
