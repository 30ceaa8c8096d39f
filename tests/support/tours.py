"""A property and a tour as most tests want them; what a test is about, it says itself."""

from datetime import UTC, date, datetime, time
from typing import Any

from resman.model import Prospect, Tour, TourStatus
from resman.property import Opening, Property, StaffMember, TourOffer, TourType

MARIA = StaffMember(id="employee-maria", name="Maria Alvarez", email="maria@garden-court.example.com")
JONAS = StaffMember(id="employee-jonas", name="Jonas Weber", email="jonas@garden-court.example.com", priority=1)
TUESDAY_TWO_PM = datetime(2026, 12, 1, 20, tzinfo=UTC)
"""In Austin, Texas."""


def a_property(**changes: Any) -> Property:
    garden_court: dict[str, Any] = {
        "account_id": "account-domiq",
        "id": "garden-court",
        "name": "Garden Court",
        "timezone": "America/Chicago",
        "address": "1200 Elm Street, Austin, TX 78701",
        "resman_account_id": "400",
        "resman_property_id": "7a1f",
        "leasing_email": "leasing@garden-court.example.com",
        "leasing_phone": "(512) 555-0142",
        "virtual_link": "https://video.example.com/garden-court",
        "leasing_hours": {"tuesday": (Opening(opens=time(9), closes=time(18)),)},
        "offers": {kind: TourOffer(instructions="Bring a photo ID.\nRing at the office.") for kind in TourType},
        "staff": (MARIA, JONAS),
    }
    return Property.model_validate({**garden_court, **changes})


def a_prospect(**changes: Any) -> Prospect:
    ada = {"name": "Ada Lovelace", "email": "ada@example.com", "phone": "+1 512 555 0199"}
    return Prospect.model_validate({**ada, **changes})


def a_tour(**changes: Any) -> Tour:
    booked_at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    tour: dict[str, Any] = {
        "id": "tour_5f0c9b7d3a4e4c51b7b0a3d2f1e0c9b8",
        "account_id": "account-domiq",
        "property_id": "garden-court",
        "conversation_id": "conversation-17",
        "prospect": a_prospect(),
        "type": TourType.IN_PERSON,
        "starts_at": TUESDAY_TWO_PM,
        "duration_minutes": 30,
        "buffer_minutes": 15,
        "lane": MARIA.id,
        "staff": MARIA,
        "status": TourStatus.CONFIRMED,
        "revision": 2,
        "created_at": booked_at,
        "slot_since": booked_at,
        "day": date(2026, 12, 1),
        "state_changed_at": booked_at,
    }
    return Tour.model_validate({**tour, **changes})
