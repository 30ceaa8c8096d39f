"""immersio.booking.list: the bookings that somebody may see."""

from immersio.access.callers import SignedIn
from immersio.booking import listing
from immersio.booking.schemas import ListBookingsInput, ListedPage
from kernel.errors import WorkshopNotFound
from kernel.trpc import query


@query("immersio.booking.list", caller=SignedIn, errors=(WorkshopNotFound,))
def handler(input: ListBookingsInput, caller: SignedIn) -> ListedPage:
    return listing.list_bookings(caller, input)
