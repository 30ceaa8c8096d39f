"""Whose turn it is, with the mark that keeps others from the seats in line with the list."""

from immersio.seat import store as seats
from immersio.seat.model import Place
from immersio.waitlist import store
from immersio.waitlist.model import Entry


def first_in_line(place: Place) -> Entry | None:
    """The mark is read before the list, and only taken away as it was read: so who joins in between keeps theirs."""
    mark = seats.load_occupancy(place).waiting
    first = store.first_entry(place)
    if first and not mark:
        seats.somebody_waits(place, first.uid)
    if mark and not first:
        seats.nobody_waits(place, mark)
    return first
