"""Tours take place by day, and are tested then."""

from tests.support.daytime import morning

__all__ = ["morning"]
