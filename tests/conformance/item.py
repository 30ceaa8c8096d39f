"""One line of the documents that the stack keeps, or does not."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.conformance.stage import Stage


@dataclass(frozen=True)
class Item:
    section: str
    subject: str
    says: str
    check: Callable[[Stage], None]
    """Raises where the stack does not keep it."""

    def __str__(self) -> str:
        return f"{self.section} {self.subject}: {self.says}"
