"""What those who run a workshop read about its bookings."""

from collections.abc import Iterable
from itertools import islice

from immersio.access.callers import Member
from immersio.booking import store, views
from immersio.booking.model import Booking, BookingStatus, OccurrenceCounts
from immersio.booking.schemas import BookingPage, GetBookingsInput
from immersio.workshop.access import own_workshop
from immersio.workshop.model import Workshop


def get_bookings(caller: Member, input: GetBookingsInput) -> BookingPage:
    """A page of a workshop's bookings, in order of their start and then as they were made.

    The occurrences' counts tell how many there are and in which occurrence the page begins. So a page costs one small
    row for each occurrence, and the bookings that it shows; those of earlier pages are not read.
    """
    workshop = own_workshop(caller, input.workshop_id)
    counts = store.counts_of_workshop(workshop.tenant_id, workshop.id, input.start_date, input.end_date)
    bookings = _page(workshop, counts, input)
    return BookingPage(
        bookings=[views.whole(booking) for booking in bookings],
        total_count=sum(occurrence.of(input.statuses) for occurrence in counts),
    )


def _page(workshop: Workshop, counts: Iterable[OccurrenceCounts], input: GetBookingsInput) -> list[Booking]:
    begins, skip = _beginning(counts, input.statuses, (input.page - 1) * input.limit)
    if begins is None:
        return []
    ends = skip + input.limit
    bookings = store.bookings_of_workshop(
        workshop.tenant_id, workshop.id, begins.starts_at, input.end_date, statuses=input.statuses, limit=ends
    )
    return list(islice(bookings, skip, ends))


def _beginning(
    counts: Iterable[OccurrenceCounts], statuses: Iterable[BookingStatus], skip: int
) -> tuple[OccurrenceCounts | None, int]:
    """The occurrence in which a page begins, and how many of its bookings belong to the page before."""
    for occurrence in counts:
        if skip < (here := occurrence.of(statuses)):
            return occurrence, skip
        skip -= here
    return None, 0
