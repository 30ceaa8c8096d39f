"""The words in which the rest of the code speaks with ResMan; `resman.wire` knows how they are spelled there."""

from pydantic import AwareDatetime, BaseModel, ConfigDict

from resman.model import TourStatus


class Word(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Employee(Word):
    id: str
    name: str
    email: str


class Appointment(Word):
    """An appointment as ResMan holds it, ours or one its staff made."""

    event_id: str
    prospect_id: str
    tour_id: str | None
    """None on an appointment that is not ours."""
    employee_id: str | None
    starts_at: AwareDatetime
    status: str
    """ResMan's own word; `mapping.map_resman_status_to_chatbot` knows what it means."""
    comments: str
    modified_at: AwareDatetime | None
    staff_name: str | None
    staff_notes: str | None = None
    """What people wrote below our own comments."""


class Schedule(Word):
    """Who works at a property, and every appointment changed there within its booking horizon."""

    employees: tuple[Employee, ...]
    appointments: tuple[Appointment, ...]


class Person(Word):
    first_name: str
    last_name: str
    email: str
    phone: str
    id: str | None = None
    """ResMan's PersonID; None while the person is new there."""


class GuestCard(Word):
    """A prospect in ResMan: the people on the card and the appointments they have."""

    prospect_id: str
    is_active: bool
    """False once the prospect is lost, or has become an applicant or a resident."""
    people: tuple[Person, ...]
    appointments: tuple[Appointment, ...]

    def has_email(self, email: str) -> bool:
        return any(person.email.casefold() == email.casefold() for person in self.people)


class Lead(Word):
    """A tour in the form in which ResMan is told about it."""

    tour_id: str
    person: Person
    prospect_id: str | None
    event_id: str | None
    employee_id: str | None
    """None on a self-guided tour, which takes nobody's time."""
    starts_at: AwareDatetime
    status: TourStatus
    comments: str
    unit_preferences: tuple[str, ...] = ()
    source_id: str | None = None
    """None: the source the client is set up with."""


class Booked(Word):
    """Where ResMan keeps a tour of ours."""

    prospect_id: str
    event_id: str
    modified_at: AwareDatetime | None = None
    """When ResMan wrote it down, by its own clock."""
