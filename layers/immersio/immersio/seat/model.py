"""Who sits in one occurrence of a workshop: its claims, one for each seat that is held or sold."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Hold(StrEnum):
    CLAIMED = "claimed"
    """For a booking that is being committed."""
    HELD = "held"
    """For a booking that is to be paid."""
    SOLD = "sold"


@dataclass(frozen=True)
class Place:
    """One occurrence: what seats are claimed in."""

    tenant_id: int
    workshop_id: int
    starts_at: datetime


@dataclass(frozen=True)
class Wish:
    """Who wants a seat."""

    uid: str
    """Of the booking that is to have it."""
    email: str
    offered: bool = False
    """Others wait too, and it is this one's turn."""
    regained: bool = False
    """The booking had ended, and counts as cancelled until it has a seat again."""


@dataclass(frozen=True)
class Claim:
    hold: Hold
    until: datetime | None = None
    """None once it is sold."""
    stamp: str = field(default="", compare=False)
    """Another for each that is written, so that one that was changed and changed back is known to be another."""

    def is_over(self, now: datetime) -> bool:
        return self.until is not None and self.until <= now


@dataclass(frozen=True)
class Occupancy:
    """An occurrence's claims as they stand; one that is over counts until it is settled, but holds nobody up."""

    taken: int = 0
    """Claims of every kind, also those that are over; what the condition of a claim compares with the seats."""
    claims: Mapping[str, Claim] = field(default_factory=dict)
    """By the booking's uid."""
    emails: Mapping[str, str] = field(default_factory=dict)
    """The booking of each fingerprint of an address."""
    cancelled: int = 0
    """Bookings that had a seat once."""
    repairs: int = 0
    """How often it was set right (`immersio.reconciling`); so that one repair is not made twice."""
    called_off_at: datetime | None = None
    """The class does not take place, and no seat of it is claimed since then."""
    waiting: str | None = None
    """Who joined the waitlist last; while it is there, a freed seat is theirs who wait and nobody else's."""

    def seated(self, now: datetime) -> int:
        """Seats that are held or sold at this moment (INV-12)."""
        return len(self.claims) - len(list(self.over(now)))

    def over(self, now: datetime) -> Iterator[str]:
        """The bookings whose claim has run out and can be settled."""
        return (uid for uid, claim in self.claims.items() if claim.is_over(now))

    def count(self, hold: Hold) -> int:
        return sum(1 for claim in self.claims.values() if claim.hold is hold)
