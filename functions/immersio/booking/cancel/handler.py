"""immersio.booking.cancel: the school takes back a seat, and pays back what it cost."""

from immersio.access.callers import Member
from immersio.booking import staff
from immersio.booking.schemas import CancelBookingInput, CancelledByStaff
from kernel.errors import BookingNotFound, Conflict, TenantNotFound, WorkshopNotFound
from kernel.trpc import mutation


@mutation(
    "immersio.booking.cancel", caller=Member, errors=(BookingNotFound, Conflict, TenantNotFound, WorkshopNotFound)
)
def handler(input: CancelBookingInput, caller: Member) -> CancelledByStaff:
    return staff.cancel(caller, input)
