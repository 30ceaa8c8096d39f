"""Who may book a workshop: a list of addresses, kept in generations.

Only one generation is the list; the others are being written or deleted, and nobody sees them.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from kernel.clock import Instant
from kernel.fields import normalised_email

MOST_IN_ONE_CALL = 5000


class Entry(BaseModel):
    """Somebody who may book."""

    model_config = ConfigDict(frozen=True)

    email: str
    """As it was written; two spellings of one address are one entry."""
    name: str | None = None
    immersio_student_id: str | None = None
    course_id: str | None = None
    """The course whose roster put them here, and takes them off again; None: somebody listed them by hand."""


Entries = dict[str, Entry]
"""By the normalised address."""


class Generation(BaseModel):
    """One whole list, as it was from one replacement to the next."""

    model_config = ConfigDict(frozen=True)

    tenant_id: int
    workshop_id: int
    number: int
    count: int
    """How many are on it. It changes in the transactions that add and remove, so it is what the rows add up to."""
    since: Instant
    """When it was begun or, later, when it was replaced."""
    is_condemned: bool = False
    """Its entries are being deleted; it can never become the list (again)."""


@dataclass(frozen=True)
class Change:
    """What a call came to, counted in distinct addresses."""

    total: int
    """On the list when it was done."""
    added: int = 0
    """Were not on the list before."""
    removed: int = 0
    """Were on the list, and are not any more."""
    skipped: int = 0
    """Asked for, and on the list already."""


def distinct(entries: Iterable[Entry]) -> Entries:
    """Each address once; of several spellings the first holds."""
    found: Entries = {}
    for entry in entries:
        found.setdefault(normalised_email(entry.email), entry)
    return found
