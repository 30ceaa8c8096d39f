"""What the ResMan sandbox holds: guest cards with their events, and the rules for changing them."""

import re
import threading
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Document = Mapping[str, Any]

NEVER = datetime.min.replace(tzinfo=UTC)
STAFF_WORDS = {"Appointment": "Scheduled", "Show": "Show"}
OUR_MARKER = re.compile(r"\[DomIQ ([\w-]+)(?: ([\w ]+))?\]")


class Refused(Exception):
    """ResMan's business error; the text is its ErrorDescription."""


@dataclass(frozen=True)
class Employee:
    id: str
    name: str
    email: str


@dataclass(frozen=True)
class ResmanProperty:
    """A property as its owner set it up in ResMan."""

    account_id: str
    property_id: str
    employees: tuple[Employee, ...]
    sources: Mapping[str, str] = field(default_factory=lambda: {"src-walk-in": "Walk In", "src-domiq": "DomIQ"})
    """Names by id."""
    lost_reasons: Mapping[str, str] = field(default_factory=lambda: {"lost-1": "Inactive (Lack of Response)"})
    units: tuple[str, ...] = ("101", "102", "201")

    def employee(self, employee_id: str) -> Employee:
        found = next((employee for employee in self.employees if employee.id == employee_id), None)
        if found is None:
            raise Refused("Agent could not be found")
        return found


@dataclass
class Event:
    id: str
    type: str = "Appointment"
    starts_at: datetime = NEVER
    employee: Employee | None = None
    source_id: str = ""
    comments: str = ""
    status: str | None = None
    """What staff call it; an `Other` event has no word of its own."""
    modified_at: datetime = NEVER

    @property
    def tour_id(self) -> str | None:
        marker = OUR_MARKER.search(self.comments)
        return marker[1] if marker else None

    @property
    def word(self) -> str:
        marker = OUR_MARKER.search(self.comments)
        return self.status or (marker[2] if marker and marker[2] else self.type)


@dataclass
class Prospect:
    id: str
    person_id: str
    home: ResmanProperty
    type: str = "prospect"
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    desired_units: list[str] = field(default_factory=list)
    events: dict[str, Event] = field(default_factory=dict)
    modified_at: datetime = NEVER


class GuestCards:
    """Every guest card of the sandbox; what happens to one happens under one lock."""

    def __init__(self, properties: tuple[ResmanProperty, ...]) -> None:
        self.lock = threading.RLock()
        self._homes = {(home.account_id, home.property_id): home for home in properties}
        self._prospects: dict[str, Prospect] = {}

    def home(self, account_id: str, property_id: str) -> ResmanProperty:
        if (account_id, property_id) not in self._homes:
            raise Refused("Property could not be found")
        return self._homes[account_id, property_id]

    def home_of(self, property_id: str) -> ResmanProperty:
        homes = [home for home in self._homes.values() if home.property_id == property_id]
        if not homes:
            raise Refused("Property could not be found")
        return homes[0]

    def of(self, home: ResmanProperty) -> list[Prospect]:
        return [prospect for prospect in self._prospects.values() if prospect.home == home]

    def all_events(self) -> Iterator[tuple[Prospect, Event]]:
        for prospect in self._prospects.values():
            for event in prospect.events.values():
                yield prospect, event

    def all_prospects(self) -> list[Prospect]:
        return list(self._prospects.values())

    def find_event(self, appointment_id: str) -> tuple[Prospect, Event]:
        """By our tour id or by ResMan's event id."""
        for prospect, event in self.all_events():
            if appointment_id in (event.tour_id, event.id):
                return prospect, event
        raise Refused(f"there is no appointment {appointment_id}")

    def post(self, home: ResmanProperty, document: Document) -> list[Prospect]:
        """Take a LeadManagement document: all of it, or, where anything in it is wrong, nothing."""
        posted = many(inside(document, "LeadManagement", "Prospects", "Prospect"))
        if not posted:
            raise Refused("Xml holds no Prospect")
        for prospect in posted:
            self._check(home, prospect)
        return [self._take(home, prospect) for prospect in posted]

    def put(self, home: ResmanProperty, name: str, email: str, event: Event) -> Prospect:
        """An appointment that staff make by hand."""
        known = (prospect for prospect in self.of(home) if prospect.email.lower() == email.lower())
        prospect = next(known, None) or self._add(home)
        prospect.first_name, _, prospect.last_name = name.partition(" ")
        prospect.email = email
        prospect.events[event.id] = event
        touch(prospect, event)
        return prospect

    def _check(self, home: ResmanProperty, posted: Document) -> None:
        customer = _customer(posted)
        known = self._known(home, customer)
        email = (customer.get("Email") or "").lower()
        if known is None and any(email and prospect.email.lower() == email for prospect in self.of(home)):
            raise Refused("Prospect already exists: post it with its ProspectID and PersonID")
        if not inside(customer, "Name", "LastName"):
            raise Refused("LastName is required")
        for event in many(inside(posted, "Events", "Event")):
            _check_event(home, known, event)

    def _known(self, home: ResmanProperty, customer: Document) -> Prospect | None:
        ids = {row["@IDType"]: row["@IDValue"] for row in many(customer.get("Identification"))}
        if "ProspectID" not in ids:
            return None
        prospect = self._prospects.get(ids["ProspectID"])
        if prospect is None or prospect.home != home or prospect.person_id != ids.get("PersonID"):
            raise Refused("Prospect could not be found")
        return prospect

    def _take(self, home: ResmanProperty, posted: Document) -> Prospect:
        customer = _customer(posted)
        prospect = self._known(home, customer) or self._add(home)
        prospect.type = customer.get("@Type", "prospect")
        prospect.first_name = inside(customer, "Name", "FirstName") or ""
        prospect.last_name = inside(customer, "Name", "LastName") or ""
        prospect.email = customer.get("Email") or prospect.email
        prospect.phone = inside(customer, "Phone", "PhoneNumber") or prospect.phone
        prospect.desired_units = [
            unit["MarketingName"] for unit in many(inside(posted, "CustomerPreferences", "DesiredUnit"))
        ]
        for event in many(inside(posted, "Events", "Event")):
            _take_event(prospect, event)
        return prospect

    def _add(self, home: ResmanProperty) -> Prospect:
        prospect = Prospect(new_id(), new_id(), home)
        self._prospects[prospect.id] = prospect
        return prospect


def _customer(posted: Document) -> Document:
    customers = many(inside(posted, "Customers", "Customer"))
    if not customers:
        raise Refused("a Prospect needs a Customer")
    customer: Document = customers[0]
    return customer


def _check_event(home: ResmanProperty, known: Prospect | None, posted: Document) -> None:
    event_id = inside(posted, "EventID", "@IDValue")
    if event_id and (known is None or event_id not in known.events):
        raise Refused("Event could not be found")
    if (posted.get("TransactionSource") or "") not in home.sources:
        raise Refused("Transaction Source could not be found")
    agent_id = inside(posted, "Agent", "AgentID", "@IDValue")
    if agent_id:
        home.employee(agent_id)
    try:
        utc(posted.get("@EventDate") or "")
    except ValueError:
        raise Refused("EventDate is not a date") from None


def _take_event(prospect: Prospect, posted: Document) -> None:
    event = prospect.events.get(inside(posted, "EventID", "@IDValue") or "") or Event(new_id())
    prospect.events[event.id] = event
    event.type = posted.get("@EventType") or "Other"
    event.status = STAFF_WORDS.get(event.type)
    event.starts_at = utc(posted["@EventDate"])
    agent_id = inside(posted, "Agent", "AgentID", "@IDValue")
    event.employee = prospect.home.employee(agent_id) if agent_id else None
    event.source_id = posted["TransactionSource"]
    event.comments = posted.get("Comments") or ""
    if event.type == "Cancel":
        prospect.type = "lost"
    touch(prospect, event)


def touch(prospect: Prospect, event: Event) -> None:
    prospect.modified_at = event.modified_at = datetime.now(UTC)


def utc(value: str) -> datetime:
    """A time without an offset is meant as UTC."""
    moment = datetime.fromisoformat(value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def new_id() -> str:
    return str(uuid.uuid4())


def many(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def inside(node: Any, *path: str) -> Any:
    for name in path:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node
