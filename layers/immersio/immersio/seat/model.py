"""Who sits in one occurrence of a workshop: its claims, one for each seat that is held or sold."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Place:
    """One occurrence: what seats are claimed in."""

    tenant_id: int
    workshop_id: int
    starts_at: datetime


@dataclass(frozen=True)
class Occupancy:
    """An occurrence's claims as they stand; an expired one counts until somebody settles it, but holds nobody up."""

    taken: int = 0
    """Claims of every kind, expired ones too; what the condition of a claim compares with the seats."""
    claims: Mapping[str, datetime | None] = field(default_factory=dict)
    """Until when each booking's seat is held, by its uid; None once it is sold."""
    emails: Mapping[str, str] = field(default_factory=dict)
    """The booking of each fingerprint of an address."""
    is_called_off: bool = False

    def seated(self, now: datetime) -> int:
        """Seats that are held or sold at this moment (INV-12)."""
        return sum(1 for until in self.claims.values() if until is None or until > now)

    def expired(self, now: datetime) -> Iterator[str]:
        """The bookings whose claim has run out and can be settled."""
        return (uid for uid, until in self.claims.items() if until is not None and until <= now)
