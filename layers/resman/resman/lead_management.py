"""The LeadManagement document: a prospect's guest card, with tours as its events.

Assumed, because the specification is not public:

    a posted event whose EventID is known is changed in place
    an event has a `Status`, the word of the property's staff, and a `LastModified`
    an event has no field for our tour id, so it goes into the comments as a marker

The event type `Cancel` marks the *prospect* as lost, so a cancelled tour becomes an `Other` event with a note.
"""

import re
from collections.abc import Iterator
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any

import xmltodict

from kernel.telemetry import logger
from resman.model import TourStatus
from resman.port import Appointment, GuestCard, Lead, Person
from resman.wire import Node, attribute, inside, items, read_time, text, write_time


class EventType(StrEnum):
    """The event types we write. `Cancel` is missing on purpose."""

    APPOINTMENT = "Appointment"
    SHOW = "Show"
    OTHER = "Other"


EVENT_TYPES = {
    TourStatus.PENDING_SYNC: EventType.APPOINTMENT,
    TourStatus.CONFIRMED: EventType.APPOINTMENT,
    TourStatus.COMPLETED: EventType.SHOW,
    TourStatus.CANCELLED: EventType.OTHER,
    TourStatus.NO_SHOW: EventType.OTHER,
    TourStatus.FAILED: EventType.OTHER,
}
_NOTED = {TourStatus.CANCELLED: "Cancelled", TourStatus.FAILED: "Cancelled", TourStatus.NO_SHOW: "No Show"}
_WORDS = {EventType.APPOINTMENT: "Scheduled", EventType.SHOW: "Show"}


# Our marker in an event's comments: `[DomIQ tour_5f0c…]`, with what became of the tour once it is an `Other` event

_MARKER = re.compile(r"\[DomIQ (?P<tour_id>[\w-]+)(?: (?P<status>[\w ]+))?\]")


def comments_of(lead: Lead, staff_notes: str | None = None) -> str:
    """The lead's comments, our marker, then what staff had written; a marker inside the text is not let through."""
    noted = _NOTED.get(lead.status)
    marker = f"[DomIQ {lead.tour_id} {noted}]" if noted else f"[DomIQ {lead.tour_id}]"
    return "\n".join(part for part in (_clean(lead.comments).replace("[DomIQ", "(DomIQ"), marker, staff_notes) if part)


def tour_id_in(comments: str) -> str | None:
    marker = _MARKER.search(comments)
    return marker["tour_id"] if marker else None


def staff_notes_in(comments: str) -> str | None:
    marker = _MARKER.search(comments)
    return (comments[marker.end() :].strip() or None) if marker else None


# What is posted

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(lead: Lead, card: GuestCard | None, held: Appointment | None, source_id: str, zone: tzinfo) -> str:
    """The document for one tour: on the guest card that is there or a new one, changing the event that is held."""
    strays = [event for event in appointments_of(lead, card) if event != held]
    prospect = {
        "Customers": {"Customer": _customer(person_on(card, lead.person), card)},
        "CustomerPreferences": {"DesiredUnit": [{"MarketingName": _clean(unit)} for unit in lead.unit_preferences]},
        "Events": {
            "Event": [
                _event(lead, card, held, source_id, zone),
                *(_retired(stray, source_id, zone) for stray in strays),
            ]
        },
    }
    document = xmltodict.unparse({"LeadManagement": {"Prospects": {"Prospect": prospect}}}, full_document=False)
    return str(document)


def appointments_of(lead: Lead, card: GuestCard | None) -> list[Appointment]:
    """Where this card holds the lead's tour, the known event first; several mean that ResMan took a post late."""
    appointments = card.appointments if card else ()
    ours = [a for a in appointments if a.tour_id == lead.tour_id or a.event_id == lead.event_id]
    return sorted(ours, key=lambda appointment: appointment.event_id != lead.event_id)


def person_on(card: GuestCard | None, person: Person) -> Person:
    """The person as the card has them, so that a correction by staff is not undone."""
    people = card.people if card else ()
    same_email = (known for known in people if known.email.casefold() == person.email.casefold())
    return next(same_email, people[0] if people else person)


def _customer(person: Person, card: GuestCard | None) -> Node:
    ids = {"ProspectID": card.prospect_id, "PersonID": person.id} if card else {}
    return {
        "@Type": "prospect",
        "Identification": [_identification(kind, value) for kind, value in ids.items() if value],
        "Name": {"FirstName": _clean(person.first_name), "LastName": _clean(person.last_name)},
        "Phone": {"@PhoneType": "cell", "PhoneNumber": _clean(person.phone)},
        "Email": _clean(person.email),
    }


def _identification(kind: str, value: str) -> Node:
    return {"@IDType": kind, "@IDValue": value, "@OrganizationName": "ResMan"}


def _event(lead: Lead, card: GuestCard | None, held: Appointment | None, source_id: str, zone: tzinfo) -> Node:
    event: dict[str, Any] = {
        "@EventType": EVENT_TYPES[lead.status].value,
        "@EventDate": write_time(lead.starts_at, zone),
        "FirstContact": "false" if card else "true",
        "TransactionSource": source_id,
        "Comments": _clean(comments_of(lead, held.staff_notes if held else None)),
    }
    if held:
        event["EventID"] = {"@IDValue": held.event_id}
    if lead.employee_id:
        event["Agent"] = {"AgentID": {"@IDValue": lead.employee_id}}
    return event


def _retired(stray: Appointment, source_id: str, zone: tzinfo) -> Node:
    """A second event of the same tour, turned into a mere note: without our marker it is no appointment any more."""
    return {
        "@EventType": EventType.OTHER.value,
        "@EventDate": write_time(stray.starts_at, zone),
        "EventID": {"@IDValue": stray.event_id},
        "FirstContact": "false",
        "TransactionSource": source_id,
        "Comments": f"Duplicate of tour {stray.tour_id}, not an appointment.",
    }


def _clean(value: str) -> str:
    return _NOT_IN_XML.sub("", value)


# What comes back


def read(answer: Node, zone: tzinfo) -> list[GuestCard]:
    prospects = items(inside(answer, "Response", "LeadManagement", "Prospects", "Prospect"))
    return [card for prospect in prospects if (card := _guest_card(prospect, zone))]


def _guest_card(prospect: Node, zone: tzinfo) -> GuestCard | None:
    customers = items(inside(prospect, "Customers", "Customer"))
    prospect_id = next((found for customer in customers if (found := _id_of(customer, "ProspectID"))), None)
    if prospect_id is None:
        return None
    return GuestCard(
        prospect_id=prospect_id,
        is_active=any((attribute(customer, "Type") or "").lower() == "prospect" for customer in customers),
        people=tuple(_person(customer) for customer in customers),
        appointments=tuple(_appointments(prospect, prospect_id, zone)),
    )


def _id_of(customer: Node, kind: str) -> str | None:
    rows = items(customer.get("Identification"))
    return next((attribute(row, "IDValue") for row in rows if attribute(row, "IDType") == kind), None)


def _person(customer: Node) -> Person:
    phones = items(customer.get("Phone"))
    return Person(
        id=_id_of(customer, "PersonID"),
        first_name=text(inside(customer, "Name", "FirstName")) or "",
        last_name=text(inside(customer, "Name", "LastName")) or "",
        email=text(customer.get("Email")) or "",
        phone=(text(inside(phones[0], "PhoneNumber")) or "") if phones else "",
    )


def _appointments(prospect: Node, prospect_id: str, zone: tzinfo) -> Iterator[Appointment]:
    for event in items(inside(prospect, "Events", "Event")):
        comments = text(event.get("Comments")) or ""
        status, event_id = _status(event, comments), attribute(event.get("EventID"), "IDValue")
        if not (status and event_id):
            continue
        try:
            starts_at, modified_at = _time(event, "EventDate", zone), _time(event, "LastModified", zone)
        except ValueError as error:
            logger.error("an event in ResMan has a time nobody can read", extra={"event": event_id, "why": str(error)})
            continue
        if starts_at:
            yield Appointment(
                event_id=event_id,
                prospect_id=prospect_id,
                tour_id=tour_id_in(comments),
                employee_id=attribute(inside(event, "Agent", "AgentID"), "IDValue"),
                starts_at=starts_at,
                status=status,
                comments=comments,
                modified_at=modified_at,
                staff_name=_agent_name(event),
                staff_notes=staff_notes_in(comments),
            )


def _time(event: Node, name: str, zone: tzinfo) -> datetime | None:
    value = attribute(event, name)
    return read_time(value, zone) if value else None


def _status(event: Node, comments: str) -> str | None:
    """The event's own word, else what its type says; None for a call, a letter or a lost prospect."""
    kind = attribute(event, "EventType") or ""
    marker = _MARKER.search(comments)
    if kind == EventType.OTHER:
        return text(event.get("Status")) or marker["status"] if marker else None
    return text(event.get("Status")) or _WORDS[EventType(kind)] if kind in _WORDS else None


def _agent_name(event: Node) -> str | None:
    name = inside(event, "Agent", "AgentName")
    parts = (text(inside(name, "FirstName")), text(inside(name, "LastName")))
    return " ".join(part for part in parts if part) or None
