"""The words of a notice about a tour: what its templates may use."""

from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import quote_plus

from jinja2 import Environment

from kernel import clock, letters
from kernel.contacts import Contact
from kernel.letters import Letter
from kernel.mail import one_line
from resman import venue
from resman.model import Tour
from resman.notices import Owed
from resman.property import Property, TourType

KINDS = {
    TourType.IN_PERSON: "In-person tour",
    TourType.VIRTUAL: "Virtual tour",
    TourType.SELF_GUIDED: "Self-guided tour",
}


def write(owed: Owed, tour: Tour, property: Property) -> Letter:
    """An e-mail in its two forms."""
    return letters.write(_environment(), _name(owed), _facts(owed, tour, property))


def write_text(owed: Owed, tour: Tour, property: Property) -> str:
    """A text message: one paragraph."""
    return one_line(_environment().get_template(f"{_name(owed)}.txt").render(_facts(owed, tour, property)))


def when(instant: datetime, property: Property) -> str:
    """`Tuesday, December 1, 2026 at 2:00 PM CST`, in the property's time."""
    return letters.in_words(property.local(instant))


def briefly(instant: datetime, property: Property) -> str:
    """`Tue, Dec 1 at 2:00 PM CST`, for subjects and texts."""
    return letters.briefly(property.local(instant))


def _facts(owed: Owed, tour: Tour, property: Property) -> dict[str, Any]:
    """All that a template may use."""
    now = clock.now()
    ahead = [time for time in owed.alternatives if time > now]
    return {
        **_visit(tour, property),
        **_prospect(tour),
        "property": property,
        "day": _day(tour.starts_at, now, property),
        "previously": when(owed.previously_at, property) if owed.previously_at else None,
        "alternatives": [when(time, property) for time in ahead],
        "alternatives_briefly": [briefly(time, property) for time in ahead],
        **letters.palette(property.colour),
    }


def _visit(tour: Tour, property: Property) -> dict[str, Any]:
    location = venue.location(tour, property)
    return {
        "when": when(tour.starts_at, property),
        "briefly": briefly(tour.starts_at, property),
        "kind": KINDS[tour.type],
        "minutes": tour.duration_minutes,
        "location": location,
        "map_link": f"https://www.google.com/maps/search/?api=1&query={quote_plus(location)}" if location else None,
        "virtual_link": venue.virtual_link(tour, property),
        "instructions": venue.instructions(tour, property),
        "guide": one_line(tour.staff.name) if tour.staff else None,
        "reference": tour.id,
    }


def _prospect(tour: Tour) -> dict[str, Any]:
    """What a person typed, each made one line: it can be odd, but not pose as a line of ours."""
    return {
        "name": one_line(tour.prospect.name) or "there",
        "email": one_line(tour.prospect.email),
        "mailto": Contact(tour.prospect.name, tour.prospect.email).mailto,
        "phone": one_line(tour.prospect.phone),
        "unit_preferences": [one_line(unit) for unit in tour.unit_preferences],
        "special_requests": one_line(tour.special_requests or ""),
    }


def _day(instant: datetime, now: datetime, property: Property) -> str:
    """`today`, `tomorrow`, or the weekday as in `on Tuesday`, by the property's calendar."""
    local = property.local(instant)
    days = (local.date() - property.local(now).date()).days
    return {0: "today", 1: "tomorrow"}.get(days, f"on {local:%A}")


def _dialled(number: str) -> str:
    """A phone number as a link dials it."""
    return "".join(sign for sign in number if sign in "+0123456789")


def _name(owed: Owed) -> str:
    return f"{owed.channel}/{owed.notice}"


@cache
def _environment() -> Environment:
    environment = letters.environment("resman", "templates")
    environment.filters["phone"] = _dialled
    return environment
