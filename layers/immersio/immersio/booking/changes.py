"""What becomes of a booking: its next version, with everything that must be told of it, in one commit.

What is told lies in the outbox with it: to Immersio, to the statistics, and to ourselves, to settle the seat should we
not come to it (`booking.settling`).
"""

from datetime import datetime

from immersio.booking import duties, events, store
from immersio.booking.model import Booking, BookingStatus, Cancellation, CancelledBy
from immersio.tenant.model import Tenant
from kernel import outbox

Change = tuple[Booking, list[store.Action]]


def made(booking: Booking, tenant: Tenant) -> Change:
    """A seat that is free of charge is theirs at once."""
    told = (events.created(booking, tenant), duties.count_booking(booking, tenant), *duties.settling(booking))
    return booking, [store.new_booking(booking), *map(outbox.put, told)]


def offered(booking: Booking) -> Change:
    """A freed seat is held for somebody of the waitlist; they are told, and nobody else, until they take it."""
    told = duties.settling(booking)  # and the e-mail `offered`
    return booking, [store.new_booking(booking), *map(outbox.put, told)]


def accepted(before: Booking, tenant: Tenant) -> Change:
    """An offered seat that costs nothing is taken: from here on it is a booking as any other."""
    after = before.becoming(status=BookingStatus.ACCEPTED, hold_until=None)
    told = (events.created(after, tenant), duties.count_booking(after, tenant), *duties.settling(after))
    return after, [store.changed_booking(before, after), *map(outbox.put, told)]


def cancelled(before: Booking, tenant: Tenant, by: CancelledBy, reason: str | None, now: datetime) -> Change:
    """The seat is given back; a hold that never became a booking was never told of."""
    within, late = before.is_within_window(now), before.is_late(now)
    cancellation = Cancellation(at=now, by=by, reason=reason, within_window=within, eligible=False, is_late=late)
    after = before.becoming(status=BookingStatus.CANCELLED, cancellation=cancellation, hold_until=None)
    told = list(duties.settling(after))
    if before.status is BookingStatus.ACCEPTED:
        told += [events.cancelled(after, tenant), duties.count_cancellation(after, tenant)]
    return after, [store.changed_booking(before, after), *map(outbox.put, told)]
