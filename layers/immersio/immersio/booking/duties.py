"""What a change of a booking obliges us to do besides telling Immersio: each a message that is committed with it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from immersio.booking.model import Booking
from immersio.seat.model import Place
from immersio.stats import counting
from immersio.stats.model import Booked, Cancelled
from immersio.tenant.model import Tenant
from kernel import clock, outbox

QUEUE = "immersio-seats"
A_MOMENT = timedelta(seconds=1)


def settling(booking: Booking) -> Iterator[outbox.Message]:
    """Bring the claim in line with the booking, should whoever changed it not come to it; and when a hold ends."""
    yield _settle(booking, clock.now())
    if booking.hold_until:
        yield _settle(booking, booking.hold_until + A_MOMENT)


def place_of(message: outbox.Message) -> tuple[Place, str]:
    """Where to settle, and whose seat."""
    told = message.payload
    starts_at = datetime.fromisoformat(told["starts_at"])
    return Place(int(message.tenant), int(told["workshop_id"]), starts_at), told["uid"]


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


def _settle(booking: Booking, due_at: datetime) -> outbox.Message:
    """It says which booking, and where it sat; how that is by then, its row tells."""
    seat = {"uid": booking.uid, "workshop_id": booking.workshop_id, "starts_at": clock.iso(booking.starts_at)}
    return outbox.message(
        tenant=str(booking.tenant_id),
        queue=QUEUE,
        kind="settle",
        payload=seat,
        due_at=due_at,
        sequence=booking.revision,
    )
