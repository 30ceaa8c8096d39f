"""What those who run a workshop read about its bookings."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from immersio.access.callers import Member
from immersio.booking import store, views
from immersio.booking.model import Booking, BookingStatus
from immersio.booking.schemas import BookingPage, GetBookingsInput
from immersio.seat import store as seats
from immersio.seat.model import Hold, Occupancy
from immersio.workshop.access import own_workshop
from immersio.workshop.model import Workshop

Count = tuple[datetime, int]
"""The start of an occurrence, and how many of its bookings are asked for."""


def get_bookings(caller: Member, input: GetBookingsInput) -> BookingPage:
    """A page of a workshop's bookings, in order of their start and then as they were made.

    The occurrences' claims tell how many there are and in which occurrence the page begins. So a page costs one row for
    each occurrence, and the bookings that it shows; those of earlier pages are not read.
    """
    workshop = own_workshop(caller, input.workshop_id)
    found = seats.occupancies_between(workshop.tenant_id, workshop.id, input.start_date, input.end_date)
    counts = [(place.starts_at, count_bookings(occupancy, input.statuses)) for place, occupancy in found]
    bookings = _page(workshop, counts, input)
    return BookingPage(
        bookings=[views.whole(booking) for booking in bookings],
        total_count=sum(bookings for _, bookings in counts),
    )


def _page(workshop: Workshop, counts: Iterable[Count], input: GetBookingsInput) -> list[Booking]:
    begins, skip = _beginning(counts, (input.page - 1) * input.limit)
    if begins is None:
        return []
    ends = skip + input.limit
    bookings = store.bookings_of_workshop(
        workshop.tenant_id, workshop.id, begins, input.end_date, statuses=input.statuses, limit=ends
    )
    return list(islice(bookings, skip, ends))


def _beginning(counts: Iterable[Count], skip: int) -> tuple[datetime | None, int]:
    """The occurrence in which a page begins, and how many of its bookings belong to the page before."""
    for starts_at, bookings in counts:
        if skip < bookings:
            return starts_at, skip
        skip -= bookings
    return None, 0


def count_bookings(occupancy: Occupancy, statuses: Iterable[BookingStatus]) -> int:
    by_status = {
        BookingStatus.PENDING: occupancy.count(Hold.HELD),
        BookingStatus.ACCEPTED: occupancy.count(Hold.SOLD),
        BookingStatus.CANCELLED: occupancy.cancelled,
    }
    return sum(by_status[status] for status in statuses)
