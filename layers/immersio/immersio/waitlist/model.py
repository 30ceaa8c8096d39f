"""Somebody who waits for a seat in one class."""

from pydantic import BaseModel, ConfigDict

from immersio.booking.model import Attendee
from immersio.seat.model import Place
from kernel.clock import Instant


class Entry(BaseModel):
    model_config = ConfigDict(frozen=True)

    tenant_id: int
    workshop_id: int
    starts_at: Instant
    id: int
    """Rises with time, so it is their turn too."""
    uid: str
    """The one that their booking will have, so that whoever offers them a seat offers the same one."""
    attendee: Attendee
    immersio_student_id: str | None = None

    @property
    def place(self) -> Place:
        return Place(self.tenant_id, self.workshop_id, self.starts_at)
