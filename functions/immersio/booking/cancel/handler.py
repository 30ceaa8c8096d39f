"""immersio.booking.cancel: the school takes back a seat, and pays back what it cost."""

from immersio.access.callers import Member
from immersio.booking import staff
from immersio.booking.schemas import CancelBookingInput, CancelledByStaff
from kernel.trpc import mutation


@mutation("immersio.booking.cancel", caller=Member)
def handler(input: CancelBookingInput, caller: Member) -> CancelledByStaff:
    return staff.cancel(caller, input)
