"""immersio.workshop.getBookings: who comes to a workshop, and when."""

from immersio.access.callers import Member
from immersio.booking import service
from immersio.booking.schemas import BookingPage, GetBookingsInput
from kernel.errors import WorkshopNotFound
from kernel.trpc import query


@query("immersio.workshop.getBookings", caller=Member, errors=(WorkshopNotFound,))
def handler(input: GetBookingsInput, caller: Member) -> BookingPage:
    return service.get_bookings(caller, input)
