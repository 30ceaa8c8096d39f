"""Waiting for a table that others are writing to: with jitter, and not for ever."""

from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NotConnected
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from kernel.errors import TemporarilyUnavailable

Result = TypeVar("Result")

WORTH_RETRYING = {
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
    "ThrottlingError",
    "ThrottlingException",
    "ProvisionedThroughputExceeded",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
}
"""As DynamoDB spells them: of a whole request, and of one action in a transaction that was called off."""


class Contention(Exception):
    """Nothing was written because somebody else was writing; worth another try."""


def patiently(call: Callable[[], Result]) -> Result:
    """Call, and call again while others hold the rows or the table is throttled."""
    retrying = Retrying(
        retry=retry_if_exception_type(Contention),
        wait=wait_random_exponential(multiplier=0.02, max=1),
        stop=stop_after_attempt(12),
        reraise=True,
    )
    try:
        result: Result = retrying(_marking_contention, call)
    except Contention as contention:
        raise TemporarilyUnavailable(
            "The booking table is too busy right now; nothing was changed. Try again in a moment.",
            retry_after_seconds=2,
        ) from contention
    except (HTTPClientError, NotConnected) as silence:
        raise _no_answer() from silence
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) < 500:
            raise
        raise _no_answer() from error
    return result


def _marking_contention(call: Callable[[], Result]) -> Result:
    try:
        return call()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in WORTH_RETRYING:
            raise Contention from error
        raise


def _no_answer() -> TemporarilyUnavailable:
    return TemporarilyUnavailable(
        "The booking table does not answer; look whether it was done before you try again.", retry_after_seconds=5
    )
