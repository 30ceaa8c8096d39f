"""What a change of a booking obliges us to do besides telling Immersio: each a message that is committed with it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from immersio.booking.model import Booking
from immersio.seat.model import Place
from immersio.stats import counting
from immersio.stats.model import Booked, Cancelled, Moved, Paid, Refunded
from immersio.tenant.model import Tenant
from kernel import clock, outbox

QUEUE = "immersio-seats"
A_MOMENT = timedelta(seconds=1)


def settling(booking: Booking) -> Iterator[outbox.Message]:
    """Bring the claim in line with the booking, should whoever changed it not come to it; and when a hold ends."""
    yield _settle(booking, clock.now())
    if booking.hold_until:
        yield _settle(booking, booking.hold_until + A_MOMENT)


def money(booking: Booking) -> Iterator[outbox.Message]:
    """What is left to do at Stripe for a booking that has ended: money goes back, or nobody can pay any more."""
    payment = booking.payment
    if booking.owes_refund or (payment and payment.session_id and not booking.paid):
        yield settling_money(booking)


def settling_money(booking: Booking) -> outbox.Message:
    return outbox.message(
        tenant=str(booking.tenant_id), queue="immersio-payments", kind="settle_payment", payload={"uid": booking.uid}
    )


def place_of(message: outbox.Message) -> tuple[Place, str]:
    """Where to settle, and whose seat."""
    told = message.payload
    starts_at = datetime.fromisoformat(told["starts_at"])
    return Place(int(message.tenant), int(told["workshop_id"]), starts_at), told["uid"]


def count_booking(booking: Booking, tenant: Tenant) -> outbox.Message:
    return counting.to_count(
        Booked(
            **_about(booking, tenant, "booked"),
            ends_at=booking.ends_at,
            student=booking.attendee.email,
            currency=booking.payment.currency if booking.payment else None,
        )
    )


def count_cancellation(booking: Booking, tenant: Tenant) -> outbox.Message:
    return counting.to_count(Cancelled(**_about(booking, tenant, "cancelled"), ends_at=booking.ends_at))


def count_payment(booking: Booking, tenant: Tenant) -> outbox.Message:
    payment = booking.bill
    return counting.to_count(Paid(**_about(booking, tenant, "paid"), amount=payment.amount, currency=payment.currency))


def count_refund(before: Booking, after: Booking, tenant: Tenant) -> Iterator[outbox.Message]:
    """What more has gone back; a refund that came back after it had arrived is counted the other way."""
    refund = after.refund
    returned = (refund.returned if refund else 0) - (before.refund.returned if before.refund else 0)
    if refund and returned:
        yield counting.to_count(
            Refunded(**_about(after, tenant, f"refunded:{after.revision}"), amount=returned, currency=refund.currency)
        )


def count_move(before: Booking, after: Booking, tenant: Tenant) -> outbox.Message:
    return counting.to_count(
        Moved(**_about(after, tenant, f"moved:{after.revision}"), from_ends_at=before.ends_at, to_ends_at=after.ends_at)
    )


def _about(booking: Booking, tenant: Tenant, change: str) -> dict[str, Any]:
    """By which a change of a booking is known, counted once, and put on a day."""
    return {
        "tenant_id": booking.tenant_id,
        "id": f"{booking.uid}:{change}",
        "workshop_id": booking.workshop_id,
        "at": clock.now(),
        "time_zone": tenant.time_zone,
    }


def _settle(booking: Booking, due_at: datetime) -> outbox.Message:
    """It says which booking, and where it sat; how that is by then, its row tells."""
    seat = {"uid": booking.uid, "workshop_id": booking.workshop_id, "starts_at": clock.iso(booking.starts_at)}
    return outbox.message(
        tenant=str(booking.tenant_id),
        queue=QUEUE,
        kind="settle",
        payload=seat,
        due_at=due_at,
    )
