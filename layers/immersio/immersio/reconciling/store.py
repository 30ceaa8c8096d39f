"""Occurrences with their bookings, as they stand in the table side by side."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from heapq import merge
from itertools import groupby
from operator import itemgetter

from immersio.booking import store as bookings
from immersio.booking.model import Booking
from immersio.seat import store as seats
from immersio.seat.model import Occupancy, Place
from kernel import outbox, table
from kernel.outbox import Message

THE_END = datetime.max.replace(tzinfo=UTC)
AT_ONCE = 50

load_bookings = bookings.load_bookings


def occurrences(
    tenant_id: int, workshop_id: int, since: datetime
) -> Iterator[tuple[Place, Occupancy, dict[str, Booking]]]:
    """A workshop's occurrences that were ever booked, in order of time; the bookings as the index knows them."""
    rows = seats.occupancies_between(tenant_id, workshop_id, since, THE_END)
    booked = bookings.bookings_of_workshop(tenant_id, workshop_id, since, THE_END)
    found: Iterator[tuple[datetime, Occupancy | Booking]] = merge(
        ((place.starts_at, occupancy) for place, occupancy in rows),
        ((booking.starts_at, booking) for booking in booked),
        key=itemgetter(0),
    )
    for starts_at, group in groupby(found, key=itemgetter(0)):
        here = [one for _, one in group]
        row = next((one for one in here if isinstance(one, Occupancy)), Occupancy())
        yield Place(tenant_id, workshop_id, starts_at), row, _by_uid(one for one in here if isinstance(one, Booking))


def bookings_at(place: Place) -> dict[str, Booking]:
    """As the index knows them."""
    found = bookings.bookings_of_workshop(place.tenant_id, place.workshop_id, place.starts_at, place.starts_at)
    return _by_uid(found)


def send(messages: Iterable[Message]) -> None:
    """Each is a duty of its own, so not all of them have to be in one commit."""
    waiting = [outbox.put(message) for message in messages]
    for start in range(0, len(waiting), AT_ONCE):
        table.write(*waiting[start : start + AT_ONCE])


def _by_uid(found: Iterable[Booking]) -> dict[str, Booking]:
    return {booking.uid: booking for booking in found}
