"""Calendar files (RFC 5545, RFC 5546): one event, told in a way that every calendar takes.

A calendar knows an event by its UID, and takes what has the highest SEQUENCE.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from icalendar import Calendar, Event, vCalAddress

from kernel import clock, mail
from kernel.contacts import Contact
from kernel.mail import Invitation, one_line


class Method(StrEnum):
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"
    """For everybody who opens it: it invites nobody."""


class Status(StrEnum):
    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What stands in somebody's calendar."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    summary: str
    description: tuple[str | None, ...]
    """Lines; what is empty is left out."""
    location: str
    url: str | None
    organizer: Contact
    guest: Contact
    status: Status = Status.CONFIRMED


def invitation(method: Method, entry: Entry) -> Invitation:
    return Invitation(method.value, ics(method, entry))


def ics(method: Method, entry: Entry) -> bytes:
    file = Calendar()
    file.add("prodid", "-//Booking//EN")
    file.add("version", "2.0")
    file.add("calscale", "GREGORIAN")
    file.add("method", method.value)
    file.add_component(_event(method, entry))
    written: bytes = file.to_ical()
    return written


def organizer_other_than(guest: Contact, organizer: Contact) -> Contact:
    """Calendars ignore an invitation from oneself, so the organizer's own comes from the address that sends mail."""
    return organizer if organizer.email != guest.email else Contact(organizer.name, mail.sender_address())


def _event(method: Method, entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", clock.now())
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("sequence", entry.sequence)
    event.add("status", (Status.CANCELLED if method is Method.CANCEL else entry.status).value)
    event.add("summary", one_line(entry.summary))
    event.add("description", "\n".join(one_line(line) for line in entry.description if line))
    event.add("location", one_line(entry.location))
    if entry.url:
        event.add("url", entry.url)
    event.add("organizer", _address(entry.organizer), encode=False)
    if method is not Method.PUBLISH:
        event.add("attendee", _invited(entry.guest), encode=False)
    return event


def _invited(guest: Contact) -> vCalAddress:
    return _address(guest, CUTYPE="INDIVIDUAL", ROLE="REQ-PARTICIPANT", PARTSTAT="NEEDS-ACTION", RSVP="TRUE")


def _address(person: Contact, **parameters: str) -> vCalAddress:
    # quotes cannot stand in a parameter; the programs that know RFC 6868's way to write them are few
    name = one_line(person.name).replace('"', "'").replace("^", "")
    address = vCalAddress(person.mailto)
    address.params.update({"CN": name, **parameters})
    return address
