"""How full a dated session of a workshop is."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Seats:
    starts_at: datetime
    taken: int
    """Held until they are paid, or sold."""
    revision: int
    """A claim may not go by an older reading of the workshop than this."""
