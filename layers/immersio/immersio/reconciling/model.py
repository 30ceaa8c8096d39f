"""What a look at the counters found wrong; the same at two looks, some time apart, is nobody's work in progress."""

from pydantic import BaseModel, ConfigDict


class _Finding(BaseModel):
    model_config = ConfigDict(frozen=True)


class SeatDrift(_Finding):
    """How an occurrence's row differs from what its bookings say. Empty where it does not."""

    taken: int = 0
    """How many more are counted than there are claims."""
    cancelled: int = 0
    """How many more are counted than there are cancelled bookings."""
    strays: tuple[str, ...] = ()
    """Claims that are held or sold for a booking that there is not."""
    marks: tuple[str, ...] = ()
    """Fingerprints of addresses that are marked for the wrong booking, or for none, or not marked."""
    unseated: tuple[str, ...] = ()
    """Bookings that are alive and have no seat."""
    overdue: tuple[str, ...] = ()
    """Claims that nobody has brought in line with their booking, though there was time."""
    oversold: int = 0
    """How many more bookings are alive than there are seats: that is for people to mend."""


class Usage(_Finding):
    """A month's counter of a school, and what it may be by the bookings."""

    counter: int
    certain: int
    """Bookings that count."""
    possible: int
    """With those of which it cannot be told yet: holds that have run out, and offers that may just be taken."""

    @property
    def right(self) -> int:
        """Lowered only to what is certainly enough."""
        return min(max(self.counter, self.certain), self.possible)

    @property
    def has_drifted(self) -> bool:
        return self.right != self.counter
