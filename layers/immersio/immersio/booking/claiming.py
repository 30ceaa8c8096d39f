"""Claiming a seat in a class of a workshop that may be changed in the same moment."""

from datetime import datetime

from immersio.booking.settling import settle
from immersio.seat import service as seats
from immersio.seat import store as seat_store
from immersio.seat.model import Place, Wish
from immersio.workshop import store as workshops
from immersio.workshop.holds import unheld
from immersio.workshop.model import Workshop
from kernel.errors import TemporarilyUnavailable


def claim_seat(workshop: Workshop, starts_at: datetime, wish: Wish) -> None:
    """Hold a seat by the workshop as it was read; a seat that was claimed while that changed is given back.

    So who changes a workshop sees every claim there is, or is seen by it (`workshop.holds`). Only a claim that was made
    here and is untouched is given back: on another's, or one that another goes by too, a commit may stand already.
    """
    workshop, place = unheld(workshop), Place(workshop.tenant_id, workshop.id, starts_at)
    made = seats.take(place, wish, workshop.seats, settle)
    now = workshops.load_workshop(workshop.tenant_id, workshop.id)
    if now is None or now.revision != workshop.revision:
        if made:
            seat_store.free(place, wish.uid, cancelled=wish.regained, as_read=made)
        raise TemporarilyUnavailable("This workshop was changed just now; try again", retry_after_seconds=1)
