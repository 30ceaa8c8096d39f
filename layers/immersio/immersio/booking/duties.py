"""What a change of a booking obliges us to do besides telling Immersio: each a message that is committed with it."""

from collections.abc import Iterator
from datetime import timedelta

from immersio.booking.model import Booking, Payment, Refund
from immersio.stats import counting
from immersio.stats.model import Booked, Cancelled, Moved, Paid, Refunded
from immersio.tenant.model import Tenant
from kernel import clock, outbox

SEATS, PAYMENTS, NOTICES = "immersio-seats", "immersio-payments", "immersio-notices"
A_MOMENT = timedelta(seconds=1)


def settling(booking: Booking) -> Iterator[outbox.Message]:
    """Bring the claim in line with the booking, should whoever changed it not come to it; and when a hold ends."""
    yield _about(booking, SEATS, "settle")
    if booking.hold_until:
        yield _about(booking, SEATS, "settle", due_in=booking.hold_until - clock.now() + A_MOMENT)


def confirmation(booking: Booking) -> Iterator[outbox.Message]:
    yield _about(booking, NOTICES, "booking_confirmed")


def farewell(booking: Booking) -> Iterator[outbox.Message]:
    yield _about(booking, NOTICES, "booking_cancelled")


def refunding(booking: Booking) -> Iterator[outbox.Message]:
    yield _about(booking, PAYMENTS, "refund")


def closing_checkout(booking: Booking) -> Iterator[outbox.Message]:
    """Nobody may pay for a seat that is gone (INV-18)."""
    if booking.payment:
        yield _about(booking, PAYMENTS, "close_checkout")


def count_booking(booking: Booking, tenant: Tenant) -> outbox.Message:
    return counting.to_count(
        Booked(
            tenant_id=booking.tenant_id,
            id=f"{booking.uid}:booked",
            workshop_id=booking.workshop_id,
            at=clock.now(),
            time_zone=tenant.time_zone,
            ends_at=booking.ends_at,
            student=booking.attendee.email,
            currency=booking.payment.currency if booking.payment else None,
        )
    )


def count_cancellation(booking: Booking, tenant: Tenant) -> outbox.Message:
    return counting.to_count(
        Cancelled(
            tenant_id=booking.tenant_id,
            id=f"{booking.uid}:cancelled",
            workshop_id=booking.workshop_id,
            at=clock.now(),
            time_zone=tenant.time_zone,
            ends_at=booking.ends_at,
        )
    )


def count_move(before: Booking, after: Booking, tenant: Tenant) -> outbox.Message:
    return counting.to_count(
        Moved(
            tenant_id=after.tenant_id,
            id=f"{after.uid}:moved:{after.revision}",
            workshop_id=after.workshop_id,
            at=clock.now(),
            time_zone=tenant.time_zone,
            from_ends_at=before.ends_at,
            to_ends_at=after.ends_at,
        )
    )


def count_payment(booking: Booking, payment: Payment, tenant: Tenant) -> outbox.Message:
    return counting.to_count(
        Paid(
            tenant_id=booking.tenant_id,
            id=f"{booking.uid}:paid",
            workshop_id=booking.workshop_id,
            at=clock.now(),
            time_zone=tenant.time_zone,
            amount=payment.amount,
            currency=payment.currency,
        )
    )


def count_refund(booking: Booking, refund: Refund, tenant: Tenant) -> outbox.Message:
    return counting.to_count(
        Refunded(
            tenant_id=booking.tenant_id,
            id=f"{booking.uid}:refunded",
            workshop_id=booking.workshop_id,
            at=clock.now(),
            time_zone=tenant.time_zone,
            amount=refund.amount,
            currency=refund.currency,
        )
    )


def _about(booking: Booking, queue: str, kind: str, due_in: timedelta = timedelta()) -> outbox.Message:
    """A message says which booking, and where it sat; how it is by then, its row tells."""
    return outbox.message(
        tenant=str(booking.tenant_id),
        queue=queue,
        kind=kind,
        payload={
            "uid": booking.uid,
            "workshop_id": booking.workshop_id,
            "starts_at": clock.iso(booking.starts_at),
            "revision": booking.revision,
        },
        due_at=clock.now() + due_in,
        sequence=booking.revision,
    )
