"""What a route may answer: the errors that its handler declares, and those that everybody with such an edge may get.

A handler names only what its use case refuses. What follows from its caller, its input or its limit follows by itself,
so that what is published (`local.contracts`) and what is answered cannot be two things.
"""

from collections.abc import Iterable

from kernel.errors import AppError, InvalidInput, RateLimited, TemporarilyUnavailable
from kernel.telemetry import count, logger

Errors = tuple[type[AppError], ...]

OF_ALL: Errors = (InvalidInput, RateLimited, AppError, TemporarilyUnavailable)
"""Every request has a query string that may be malformed, a limit, a table that may be slow, and us behind it."""


def together(*groups: Iterable[type[AppError]]) -> Errors:
    """Each code once, in order of status."""
    found = dict.fromkeys(error for group in groups for error in group)
    return tuple(sorted(found, key=lambda error: (error.status, error.code)))


def heed(error: Exception, published: Errors, route: str) -> None:
    """See that only published codes are answered; another one is still better than none, so it is answered and counted.

    Tests fail on it, an alarm rings on it.
    """
    if isinstance(error, AppError) and error.code not in {one.code for one in published}:
        logger.error("undeclared error", extra={"route": route, "error_code": error.code})
        count("ErrorUndeclared")
