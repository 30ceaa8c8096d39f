"""What those who run a workshop do about its bookings."""

from immersio.access.callers import Member
from immersio.access.model import Role
from immersio.booking import calling_off, cancelling, money, store, views
from immersio.booking.model import Booking, CancelledBy
from immersio.booking.schemas import CalledOff, CancelBookingInput, CancelledByStaff, CancelOccurrenceInput
from immersio.tenant import store as tenants
from immersio.tenant.model import Tenant
from immersio.workshop.access import own_workshop
from kernel import clock
from kernel.errors import BookingNotFound, TenantNotFound


def cancel(caller: Member, input: CancelBookingInput) -> CancelledByStaff:
    """Until the class starts; what was paid goes back, whenever that is."""
    booking = cancelling.cancel(
        lambda: _find(caller, input.uid), _cancels_as(caller), input.reason, cancelling.check_not_started
    )
    return views.cancelled_by_staff(money.settle_now(booking), clock.now())


def call_off(caller: Member, input: CancelOccurrenceInput) -> CalledOff:
    """A class does not take place."""
    workshop = own_workshop(caller, input.workshop_id)
    bookings = calling_off.call_off(workshop, input.start_time, _cancels_as(caller), input.reason)
    return CalledOff(success=True, bookings=bookings)


def _cancels_as(caller: Member) -> CancelledBy:
    return CancelledBy.TEACHER if caller.role is Role.MEMBER else CancelledBy.TENANT


def _find(caller: Member, uid: str) -> tuple[Booking, Tenant]:
    """A booking of another school is not there, as one that never was (INV-23)."""
    booking = store.load_booking(caller.tenant_id, uid)
    if booking is None:
        raise BookingNotFound("Your school has no booking with this uid; immersio.booking.list shows those it has")
    own_workshop(caller, booking.workshop_id)
    tenant = tenants.load_tenant(caller.tenant_id)
    if tenant is None:
        raise TenantNotFound("Your school does not exist any more")
    return booking, tenant
