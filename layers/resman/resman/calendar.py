"""Calendar files for tours: one UID per tour, a SEQUENCE that rises with its revision."""

from datetime import UTC, timedelta

from kernel import calendar_files
from kernel.calendar_files import Entry, Method, organizer_other_than
from kernel.contacts import Contact
from kernel.mail import Invitation
from resman import venue
from resman.model import Tour
from resman.property import Property

UID_DOMAIN = "tours.resman"
"""Part of every UID ever sent; calendars know a tour by it, so it never changes."""


def for_prospect(method: Method, tour: Tour, property: Property) -> Invitation:
    guest = Contact(tour.prospect.name, tour.prospect.email)
    about = f"Tour of {property.name}", _directions(tour, property)
    return _invitation(method, tour, property, *about, organizer=venue.office(property), guest=guest)


def for_staff(method: Method, tour: Tour, property: Property) -> Invitation:
    guest = venue.host(tour, property)
    about = f"Tour: {tour.prospect.name}, {property.name}", _who_comes(tour)
    organizer = organizer_other_than(guest, venue.office(property))
    return _invitation(method, tour, property, *about, organizer=organizer, guest=guest)


def _invitation(
    method: Method,
    tour: Tour,
    property: Property,
    summary: str,
    description: tuple[str | None, ...],
    *,
    organizer: Contact,
    guest: Contact,
) -> Invitation:
    starts_at = tour.starts_at.astimezone(UTC)
    link = venue.virtual_link(tour, property)
    entry = Entry(
        uid=f"{tour.id}@{UID_DOMAIN}",
        sequence=tour.revision,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=tour.duration_minutes),
        summary=summary,
        description=description,
        location=venue.location(tour, property) or link or property.name,
        url=link,
        organizer=organizer,
        guest=guest,
    )
    return calendar_files.invitation(method, entry)


def _directions(tour: Tour, property: Property) -> tuple[str | None, ...]:
    return (
        venue.virtual_link(tour, property),
        venue.instructions(tour, property),
        f"Your guide: {tour.staff.name}" if tour.staff else None,
        f"Questions or changes: {property.leasing_phone or property.leasing_email}",
    )


def _who_comes(tour: Tour) -> tuple[str | None, ...]:
    prospect = tour.prospect
    return prospect.name, prospect.email, prospect.phone, ", ".join(tour.unit_preferences), tour.special_requests
