"""Who sits in one occurrence of a workshop: its claims, one for each seat that is held or sold."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from secrets import token_hex


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
class Claim:
    hold: Hold
    until: datetime | None = None
    """None once it is sold."""
    stamp: str = field(default_factory=lambda: token_hex(4), compare=False)
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

    def seated(self, now: datetime) -> int:
        """Seats that are held or sold at this moment (INV-12)."""
        return len(self.claims) - len(list(self.over(now)))

    def over(self, now: datetime) -> Iterator[str]:
        """The bookings whose claim has run out and can be settled."""
        return (uid for uid, claim in self.claims.items() if claim.is_over(now))

    def count(self, hold: Hold) -> int:
        return sum(1 for claim in self.claims.values() if claim.hold is hold)
