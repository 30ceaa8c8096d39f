"""Calendar files for seats: one UID per booking, a SEQUENCE that rises with its revision (INV-33).

The link to manage a booking is in none of them, for calendars are shown to others (INV-24).
"""

from datetime import datetime

from immersio.booking.model import Booking, BookingStatus
from immersio.workshop import venue
from immersio.workshop.model import Workshop
from kernel import calendar_files
from kernel.calendar_files import Entry, Method, Status
from kernel.contacts import Contact
from kernel.mail import Invitation

UID_DOMAIN = "bookings.immersio"
"""Part of every UID ever sent; calendars know a class by it, so it never changes."""


def for_student(method: Method, booking: Booking, workshop: Workshop, teacher: Contact) -> Invitation:
    return calendar_files.invitation(method, _entry_of_student(booking, workshop, teacher, Status.CONFIRMED))


def for_teacher(method: Method, booking: Booking, workshop: Workshop, teacher: Contact, school: Contact) -> Invitation:
    """From the school: calendars ignore an invitation from oneself."""
    attendee = booking.attendee
    about = f"{booking.title}: {attendee.name}", (attendee.name, attendee.email, venue.link(workshop))
    return calendar_files.invitation(method, _entry(booking, workshop, *about, organizer=school, guest=teacher))


def to_save(booking: Booking, workshop: Workshop, teacher: Contact, now: datetime) -> bytes:
    """The file for whoever opens it, saying how certain the seat is at this moment; the way in is for who has one."""
    status = _status(booking, now)
    shown = workshop if status is Status.CONFIRMED else venue.without_links(workshop)
    return calendar_files.ics(Method.PUBLISH, _entry_of_student(booking, shown, teacher, status))


def _entry_of_student(booking: Booking, workshop: Workshop, teacher: Contact, status: Status) -> Entry:
    guest = Contact(booking.attendee.name, booking.attendee.email)
    about = (
        venue.link(workshop),
        f"With {teacher.name}",
        "To move or cancel, use the link in the e-mail that confirmed your seat.",
    )
    return _entry(booking, workshop, booking.title, about, organizer=teacher, guest=guest, status=status)


def _entry(
    booking: Booking,
    workshop: Workshop,
    summary: str,
    description: tuple[str | None, ...],
    *,
    organizer: Contact,
    guest: Contact,
    status: Status = Status.CONFIRMED,
) -> Entry:
    return Entry(
        uid=f"{booking.uid}@{UID_DOMAIN}",
        sequence=booking.revision,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        summary=summary,
        description=description,
        location=venue.in_short(workshop),
        url=venue.link(workshop),
        organizer=organizer,
        guest=guest,
        status=status,
    )


def _status(booking: Booking, now: datetime) -> Status:
    if not booking.is_alive(now):
        return Status.CANCELLED
    return Status.TENTATIVE if booking.status is BookingStatus.PENDING else Status.CONFIRMED
