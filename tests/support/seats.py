"""Workshops of the academy, who may book them, and seats that are booked."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from immersio.access.model import Role
from immersio.booking import store as bookings
from immersio.booking.model import Attendee, Booking, BookingStatus
from immersio.seat import store as seats
from immersio.seat.model import Claim, Hold, Wish
from immersio.workshop import store as workshops
from immersio.workshop.model import Location, Workshop
from kernel import clock, ids, table
from tests.support.schools import School, Schools, result
from tests.support.world import Reply

WORKSHOP_ID = 375_000_000_000_001
UPDATE, READ = "immersio.workshop.updateWhitelist", "immersio.workshop.getBookings"
FIRST_CLASS = datetime(2026, 12, 1, 14, tzinfo=UTC)
WEEK = timedelta(days=7)


def a_workshop(tenant_id: int, teacher_id: int, **changes: Any) -> Workshop:
    usual = {
        "tenant_id": tenant_id,
        "id": ids.new_number(),
        "event_type_id": ids.new_number(),
        "teacher_id": teacher_id,
        "title": "Business English",
        "slug": "business-english",
        "duration": 60,
        "price": 1500,
        "currency": "USD",
        "seats": 8,
        "locations": (Location(type="zoom", link="https://zoom.us/j/123456"),),
        "time_zone": "Europe/Berlin",
        "refund_window_hours": 12,
        "cancellation_notice_hours": 24,
        "workshop_type": "workshop",
        "created_at": clock.now(),
    }
    return Workshop.model_validate(usual | changes)


def opened(school: School, teacher: Role = Role.MEMBER, **changes: Any) -> Workshop:
    """A workshop of this school, stored."""
    workshop = a_workshop(school.tenant_id, school.users[teacher]["id"], **changes)
    table.write(*workshops.new_workshop(workshop))
    return workshop


def booked(workshop: Workshop, starts_at: datetime = FIRST_CLASS, **changes: Any) -> Booking:
    """A seat of this workshop, stored and counted."""
    usual = {
        "tenant_id": workshop.tenant_id,
        "id": ids.new_number(),
        "uid": ids.new("booking"),
        "workshop_id": workshop.id,
        "event_type_id": workshop.event_type_id,
        "title": workshop.title,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=workshop.duration),
        "status": BookingStatus.ACCEPTED,
        "attendee": Attendee(email="ada@example.com", name="Ada Byron", time_zone="America/New_York"),
        "refund_window_seconds": 12 * 3600,
        "cancellation_notice_seconds": 24 * 3600,
        "created_at": clock.now(),
    }
    booking = Booking.model_validate(usual | changes)
    table.write(bookings.new_booking(booking))
    _seated(booking)
    return booking


def _seated(booking: Booking) -> None:
    """The occurrence's row as booking leaves it, however many seats there are."""
    place, until = booking.place, booking.created_at + timedelta(days=1)
    seats.claim(place, Wish(booking.uid, f"{booking.uid}@example.com"), until, seats=1_000)
    claimed = seats.load_occupancy(place).claims[booking.uid]
    match booking.status:
        case BookingStatus.CANCELLED:
            seats.free(place, booking.uid, cancelled=True)
        case BookingStatus.ACCEPTED:
            seats.turn(place, booking.uid, claimed, Claim(Hold.SOLD))
        case BookingStatus.PENDING:
            seats.turn(place, booking.uid, claimed, Claim(Hold.HELD, until))


def change(schools: Schools, workshop: Workshop, mode: str, emails: Iterable[Any], role: Role = Role.MEMBER) -> Reply:
    """Call updateWhitelist with addresses, or with whole entries."""
    entries = [{"email": one} if isinstance(one, str) else one for one in emails]
    sent = {"workshopId": workshop.id, "mode": mode, "emails": entries}
    return schools.call(UPDATE, schools.academy.cookie(role), sent=sent)


def changed(schools: Schools, workshop: Workshop, mode: str, emails: Iterable[Any]) -> dict[str, Any]:
    told: dict[str, Any] = result(change(schools, workshop, mode, emails))
    return told


def read(schools: Schools, workshop: Workshop, role: Role = Role.MEMBER, **sent: Any) -> Reply:
    return schools.call(READ, schools.academy.cookie(role), sent={"workshopId": workshop.id, **sent})
