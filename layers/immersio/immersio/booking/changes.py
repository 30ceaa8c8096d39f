"""What becomes of a booking: its next version, with everything that must be told of it, in one commit.

Each function returns the version and the actions that make it so. What is told lies in the outbox with it: to Immersio,
to the people, to the statistics; and to ourselves, to settle the seat should we not come to it (`booking.settling`).
"""

from datetime import datetime

from immersio.booking import duties, events, store
from immersio.booking.model import Booking, BookingStatus, Cancellation, CancelledBy, Payment, Refund, RefundStatus
from immersio.tenant.model import Tenant
from kernel import outbox, table

Change = tuple[Booking, list[table.Action]]


def made(booking: Booking, tenant: Tenant) -> Change:
    """A seat that is free of charge is theirs at once; one that costs is told of when it is paid (INV-17)."""
    told = _accepted(booking, tenant) if booking.status is BookingStatus.ACCEPTED else []
    return booking, [store.new_booking(booking), *_owed(*told, *duties.settling(booking))]


def checkout_opened(before: Booking, payment: Payment) -> Change:
    after = before.becoming(payment=payment)
    return after, [store.changed_booking(before, after)]


def paid(before: Booking, payment: Payment, tenant: Tenant) -> Change:
    """The money is there, and so is the seat."""
    after = before.becoming(status=BookingStatus.ACCEPTED, paid=True, payment=payment, hold_until=None)
    told = (
        *_accepted(after, tenant),
        events.payment_completed(after, tenant),
        duties.count_payment(after, payment, tenant),
        *duties.settling(after),
    )
    return after, [store.changed_booking(before, after), *_owed(*told)]


def cancelled(before: Booking, tenant: Tenant, by: CancelledBy, reason: str | None, now: datetime) -> Change:
    """The seat is given back; its money too, in time, or whenever it was not the student who cancelled."""
    within = before.is_within_window(now)
    eligible = before.paid and (within or by is not CancelledBy.STUDENT)
    cancellation = Cancellation(
        at=now, by=by, reason=reason, within_window=within, eligible=eligible, is_late=before.is_late(now)
    )
    refund = _refund_of(before.payment) if eligible and before.payment else None
    after = before.becoming(status=BookingStatus.CANCELLED, cancellation=cancellation, refund=refund, hold_until=None)
    return after, [store.changed_booking(before, after), *_owed(*_gone(before, after, tenant), *duties.settling(after))]


def refunded(before: Booking, refund: Refund, tenant: Tenant) -> Change:
    """What Stripe says of the refund; told to Immersio once it is decided."""
    after = before.becoming(refund=refund)
    told = [duties.count_refund(after, refund, tenant)] if refund.status is RefundStatus.COMPLETED else []
    return after, [store.changed_booking(before, after), *_owed(*told)]


def _refund_of(payment: Payment) -> Refund:
    return Refund(status=RefundStatus.PENDING, amount=payment.amount, currency=payment.currency)


def _accepted(booking: Booking, tenant: Tenant) -> tuple[outbox.Message, ...]:
    return events.created(booking, tenant), duties.count_booking(booking, tenant), *duties.confirmation(booking)


def _gone(before: Booking, after: Booking, tenant: Tenant) -> tuple[outbox.Message, ...]:
    """A seat that never was theirs was never told of."""
    if before.status is not BookingStatus.ACCEPTED:
        return tuple(duties.closing_checkout(after))
    owed = duties.refunding(after) if after.refund else ()
    return events.cancelled(after, tenant), duties.count_cancellation(after, tenant), *duties.farewell(after), *owed


def _owed(*messages: outbox.Message) -> list[table.Action]:
    return [outbox.put(message) for message in messages]
