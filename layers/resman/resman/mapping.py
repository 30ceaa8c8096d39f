"""Between the chatbot's words and ResMan's (specification, Data Transformation)."""

from kernel.errors import InvalidInput
from resman.model import Tour, TourStatus
from resman.port import Lead, Person
from resman.property import Property, TourType

STATUSES = {
    "scheduled": TourStatus.CONFIRMED,
    "appointment": TourStatus.CONFIRMED,
    "confirmed": TourStatus.CONFIRMED,
    "show": TourStatus.COMPLETED,
    "showed": TourStatus.COMPLETED,
    "shown": TourStatus.COMPLETED,
    "complete": TourStatus.COMPLETED,
    "completed": TourStatus.COMPLETED,
    "cancelled": TourStatus.CANCELLED,
    "canceled": TourStatus.CANCELLED,
    "noshow": TourStatus.NO_SHOW,
}
"""ResMan's words without case, spaces and punctuation. `Cancel` is missing: there it means a lost prospect."""

TYPE_NAMES = {
    TourType.IN_PERSON: "In-person tour",
    TourType.VIRTUAL: "Virtual tour",
    TourType.SELF_GUIDED: "Self-guided tour",
}


def map_resman_status_to_chatbot(resman_status: str) -> TourStatus | None:
    """What ResMan's word means for us; None for a word we do not know, which is never guessed (INV-36)."""
    return STATUSES.get("".join(letter for letter in resman_status.casefold() if letter.isalnum()))


def map_chatbot_tour_to_resman(tour: Tour, property: Property, source_id: str | None = None) -> Lead:
    """The tour as a lead of the property it is given at."""
    if (tour.account_id, tour.property_id) != (property.account_id, property.id):
        raise InvalidInput.field("property_id", f"the tour is at {tour.property_id}, not at {property.id}")
    return Lead(
        tour_id=tour.id,
        person=_person(tour),
        prospect_id=tour.resman_prospect_id,
        event_id=tour.resman_event_id,
        employee_id=tour.staff.id if tour.staff else None,
        starts_at=tour.starts_at,
        status=tour.status,
        comments=_comments(tour),
        unit_preferences=tour.unit_preferences,
        source_id=source_id,
    )


def _person(tour: Tour) -> Person:
    """A single name is a last name: that is the one a guest card cannot do without."""
    words = tour.prospect.name.split()
    return Person(
        first_name=words[0] if len(words) > 1 else "",
        last_name=" ".join(words[1:]) if len(words) > 1 else "".join(words),
        email=tour.prospect.email.strip(),
        phone=tour.prospect.phone.strip(),
    )


def _comments(tour: Tour) -> str:
    """What the leasing team should read on the guest card."""
    lines = {
        TYPE_NAMES[tour.type]: f"{tour.duration_minutes} minutes, booked by the DomIQ assistant",
        "Units": ", ".join(tour.unit_preferences),
        "Requests": tour.special_requests,
        "Outcome": tour.outcome.replace("_", " ") if tour.outcome else None,
        "Staff notes": tour.staff_notes if tour.staff_notes != tour.resman_notes else None,
    }
    return "\n".join(f"{label}: {line}" for label, line in lines.items() if line)
