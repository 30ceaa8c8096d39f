"""Calendar files for tours (RFC 5545, RFC 5546): one UID per tour, a SEQUENCE that rises with its revision."""

from datetime import UTC, timedelta
from enum import StrEnum

from icalendar import Calendar, Event, vCalAddress

from kernel import clock, mail
from kernel.mail import Invitation, one_line
from resman import venue
from resman.model import Tour
from resman.property import Property
from resman.venue import Contact

PRODUCT = "-//Booking//Apartment tours//EN"
UID_DOMAIN = "tours.resman"
"""Part of every UID ever sent; calendars know a tour by it, so it never changes."""


class Method(StrEnum):
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


def for_prospect(method: Method, tour: Tour, property: Property) -> Invitation:
    event = _event(method, tour, property)
    event.add("summary", one_line(f"Tour of {property.name}"))
    event.add("description", _directions(tour, property))
    _add_people(event, venue.office(property), Contact(tour.prospect.name, tour.prospect.email))
    return _invitation(method, event)


def for_staff(method: Method, tour: Tour, property: Property) -> Invitation:
    event = _event(method, tour, property)
    event.add("summary", one_line(f"Tour: {tour.prospect.name}, {property.name}"))
    event.add("description", _who_comes(tour))
    guest = venue.host(tour, property)
    _add_people(event, _organizer_other_than(guest, property), guest)
    return _invitation(method, event)


def _event(method: Method, tour: Tour, property: Property) -> Event:
    starts_at = tour.starts_at.astimezone(UTC)
    event = Event()
    event.add("uid", f"{tour.id}@{UID_DOMAIN}")
    event.add("dtstamp", clock.now())
    event.add("dtstart", starts_at)
    event.add("dtend", starts_at + timedelta(minutes=tour.duration_minutes))
    event.add("sequence", tour.revision)
    event.add("status", "CANCELLED" if method is Method.CANCEL else "CONFIRMED")
    _add_place(event, tour, property)
    return event


def _add_place(event: Event, tour: Tour, property: Property) -> None:
    link = venue.virtual_link(tour, property)
    event.add("location", one_line(venue.location(tour, property) or link or property.name))
    if link:
        event.add("url", link)


def _add_people(event: Event, organizer: Contact, guest: Contact) -> None:
    event.add("organizer", _address(organizer), encode=False)
    event.add(
        "attendee",
        _address(guest, CUTYPE="INDIVIDUAL", ROLE="REQ-PARTICIPANT", PARTSTAT="NEEDS-ACTION", RSVP="TRUE"),
        encode=False,
    )


def _organizer_other_than(guest: Contact, property: Property) -> Contact:
    """Calendars ignore an invitation from oneself, so the office's own comes from the address that sends the mail."""
    office = venue.office(property)
    return office if office.email != guest.email else Contact(property.name, mail.sender_address())


def _address(person: Contact, **parameters: str) -> vCalAddress:
    # quotes cannot stand in a parameter; the programs that know RFC 6868's way to write them are few
    name = one_line(person.name).replace('"', "'").replace("^", "")
    address = vCalAddress(person.mailto)
    address.params.update({"CN": name, **parameters})
    return address


def _directions(tour: Tour, property: Property) -> str:
    lines = (
        venue.virtual_link(tour, property),
        venue.instructions(tour, property),
        f"Your guide: {tour.staff.name}" if tour.staff else None,
        f"Questions or changes: {property.leasing_phone or property.leasing_email}",
    )
    return "\n".join(one_line(line) for line in lines if line)


def _who_comes(tour: Tour) -> str:
    prospect = tour.prospect
    lines = (prospect.name, prospect.email, prospect.phone, ", ".join(tour.unit_preferences), tour.special_requests)
    return "\n".join(one_line(line) for line in lines if line)


def _invitation(method: Method, event: Event) -> Invitation:
    file = Calendar()
    file.add("prodid", PRODUCT)
    file.add("version", "2.0")
    file.add("calscale", "GREGORIAN")
    file.add("method", method.value)
    file.add_component(event)
    return Invitation(method.value, file.to_ical())
