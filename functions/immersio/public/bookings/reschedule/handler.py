"""POST /api/v1/public/bookings/{uid}/reschedule: a student moves to another class of the workshop.

Until the class starts, to another class that has a seat; what was paid stays paid.
"""

from immersio.booking import public
from immersio.booking.schemas import ManagedBooking, RescheduleRequest
from kernel.auth import Anyone
from kernel.errors import BookingNotFound, Conflict, NoSeatsAvailable, TenantNotFound, WhitelistDenied, WorkshopNotFound
from kernel.http import endpoint


@endpoint(
    "POST /api/v1/public/bookings/{uid}/reschedule",
    caller=Anyone,
    absent=BookingNotFound,
    errors=(Conflict, NoSeatsAvailable, TenantNotFound, WhitelistDenied, WorkshopNotFound),
)
def handler(uid: str, request: RescheduleRequest) -> ManagedBooking:
    return public.reschedule(uid, request)
