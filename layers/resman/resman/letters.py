"""The words of a notice: templates, times as people say them, and colours that stay readable."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import quote_plus

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, select_autoescape

from kernel import clock
from kernel.mail import one_line
from resman import venue
from resman.model import Tour
from resman.notices import Owed
from resman.property import Property, TourType
from resman.venue import Contact

INK = "#1D2428"
READABLE = 4.5
"""WCAG 2.2 AA: the least contrast between small text and its ground."""

KINDS = {
    TourType.IN_PERSON: "In-person tour",
    TourType.VIRTUAL: "Virtual tour",
    TourType.SELF_GUIDED: "Self-guided tour",
}


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str
    html: str


def write(owed: Owed, tour: Tour, property: Property) -> Letter:
    """An e-mail in its two forms; its subject stands in the text template, beside the words it announces."""
    facts = _facts(owed, tour, property)
    template = _template(owed, "txt")
    subject = one_line("".join(template.blocks["subject"](template.new_context(facts))))
    html = _template(owed, "html").render(facts, subject=subject)
    return Letter(subject, _tidy(template.render(facts)), html)


def write_text(owed: Owed, tour: Tour, property: Property) -> str:
    """A text message: one paragraph."""
    return one_line(_template(owed, "txt").render(_facts(owed, tour, property)))


def when(instant: datetime, property: Property) -> str:
    """`Tuesday, December 1, 2026 at 2:00 PM CST`, in the property's time."""
    local = property.local(instant)
    return f"{local:%A, %B} {local.day}, {local.year} at {_clock_time(local)}"


def briefly(instant: datetime, property: Property) -> str:
    """`Tue, Dec 1 at 2:00 PM CST`, for subjects and texts."""
    local = property.local(instant)
    return f"{local:%a, %b} {local.day} at {_clock_time(local)}"


def readable_on(ground: str) -> str:
    """Black or white, whichever stands out more."""
    return max("#FFFFFF", "#000000", key=lambda ink: contrast(ink, ground))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.2), from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


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
        "accent": property.colour,
        "on_accent": readable_on(property.colour),
        "link_colour": property.colour if contrast(property.colour, "#FFFFFF") >= READABLE else INK,
        "ink": INK,
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


def _clock_time(local: datetime) -> str:
    return f"{local.hour % 12 or 12}:{local:%M} {'AM' if local.hour < 12 else 'PM'} {_zone_name(local)}"


def _zone_name(local: datetime) -> str:
    """`CST`; zones without letters of their own are shown as `UTC-03`."""
    name = local.tzname() or "UTC"
    return f"UTC{name}" if name[0] in "+-" else name


def _dialled(number: str) -> str:
    """A phone number as a link dials it."""
    return "".join(sign for sign in number if sign in "+0123456789")


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)


def _tidy(text: str) -> str:
    """Text without the blank lines that left-out parts of a template leave behind."""
    return "\n\n".join(_paragraphs(text.splitlines())) + "\n"


def _paragraphs(lines: Iterable[str]) -> Iterable[str]:
    paragraph: list[str] = []
    for line in (*lines, ""):
        if line.strip():
            paragraph.append(line.rstrip())
        elif paragraph:
            yield "\n".join(paragraph)
            paragraph = []


def _template(owed: Owed, form: str) -> Template:
    return _environment().get_template(f"{owed.channel}/{owed.notice}.{form}")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("resman", "templates"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["phone"] = _dialled
    return environment
