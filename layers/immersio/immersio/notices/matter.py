"""What an e-mail about a booking is written of, as it all stands at this moment, and whether it still holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from immersio.access.model import User
from immersio.booking import store as bookings
from immersio.booking.model import Booking, BookingStatus, PaymentStatus
from immersio.notices.model import BookingOwed, Notice
from immersio.tenant import store as tenants
from immersio.tenant.model import Tenant
from immersio.workshop import store as workshops
from immersio.workshop import teaching
from immersio.workshop.model import Workshop
from kernel.contacts import Contact

PAYABLE = frozenset({PaymentStatus.OPEN, PaymentStatus.FAILED})


@dataclass(frozen=True, slots=True)
class Matter:
    owed: BookingOwed
    booking: Booking
    workshop: Workshop
    tenant: Tenant
    teacher: User | None
    """None if they left the school."""

    @property
    def school(self) -> Contact:
        return teaching.school(self.tenant)

    @property
    def contact(self) -> Contact:
        """Whom a student asks."""
        return teaching.contact(self.teacher, self.tenant)


def load(owed: BookingOwed) -> Matter | None:
    booking, tenant = bookings.load_booking(owed.tenant_id, owed.uid), tenants.load_tenant(owed.tenant_id)
    workshop = workshops.load_workshop(owed.tenant_id, booking.workshop_id) if booking else None
    if booking is None or tenant is None or workshop is None:
        return None
    return Matter(owed, booking, workshop, tenant, teaching.teacher_of(workshop))


def holds(notice: Notice, matter: Matter, now: datetime) -> bool:
    """Whether a notice is still true of the booking as it is now."""
    return HOLDS[notice](matter.owed, matter.booking, now)


def _is_ahead(_: BookingOwed, booking: Booking, now: datetime) -> bool:
    """The letter tells the time as it is now, so a move does not make it untrue."""
    return booking.status is BookingStatus.ACCEPTED and now < booking.ends_at


def _is_there(owed: BookingOwed, booking: Booking, now: datetime) -> bool:
    return _is_ahead(owed, booking, now) and booking.starts_at == owed.starts_at


def _is_payable(_: BookingOwed, booking: Booking, now: datetime) -> bool:
    is_held = booking.status is BookingStatus.PENDING and booking.is_alive(now)
    return is_held and booking.payment is not None and booking.payment.status in PAYABLE


def _is_offered(_: BookingOwed, booking: Booking, now: datetime) -> bool:
    return booking.is_offer and booking.is_alive(now)


def _is_cancelled(owed: BookingOwed, booking: Booking, now: datetime) -> bool:
    """Of a hold that ran out and was paid later, another message tells."""
    return booking.status is BookingStatus.CANCELLED and booking.paid == owed.paid


def _is_settled_so(owed: BookingOwed, booking: Booking, now: datetime) -> bool:
    return booking.refund is not None and booking.refund.status is owed.refund


def _is_disputed(_: BookingOwed, booking: Booking, now: datetime) -> bool:
    return booking.dispute is not None and not booking.dispute.is_over


HOLDS: dict[Notice, Callable[[BookingOwed, Booking, datetime], bool]] = {
    Notice.BOOKED: _is_ahead,
    Notice.TEACHER_BOOKED: _is_ahead,
    Notice.MOVED: _is_there,
    Notice.TEACHER_MOVED: _is_there,
    Notice.PAYMENT_NEEDED: _is_payable,
    Notice.OFFERED: _is_offered,
    Notice.CANCELLED: _is_cancelled,
    Notice.TEACHER_CANCELLED: _is_cancelled,
    Notice.REFUND_SETTLED: _is_settled_so,
    Notice.REFUND_FAILED: _is_settled_so,
    Notice.DISPUTED: _is_disputed,
}
