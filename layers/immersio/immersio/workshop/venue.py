"""Where the classes of a workshop take place, in words for its students."""

from typing import NamedTuple
from urllib.parse import quote_plus

from immersio.workshop.model import Location, LocationType, Workshop
from kernel.mail import one_line

NAMES: dict[LocationType, str] = {
    "zoom": "Zoom",
    "google_meet": "Google Meet",
    "in_person": "In person",
    "link": "Online",
}


class Spot(NamedTuple):
    name: str
    """`Zoom`, or `In person`."""
    address: str
    """Empty where there is none."""
    link: str
    """Leads into the class, or shows the address on a map; empty where there is neither."""


def spots(workshop: Workshop) -> list[Spot]:
    return [_spot(location) for location in workshop.locations]


def link(workshop: Workshop) -> str | None:
    """Leads into the class."""
    return next((location.link for location in workshop.locations if location.link), None)


def without_links(workshop: Workshop) -> Workshop:
    """For who has no seat, or has not paid for it: nothing that leads into the class."""
    plain = (location.model_copy(update={"link": None}) for location in workshop.locations)
    return workshop.model_copy(update={"locations": tuple(plain)})


def in_short(workshop: Workshop) -> str:
    """As it stands in a calendar: the address, or else the link."""
    addresses = (location.address for location in workshop.locations if location.address)
    names = (NAMES[location.type] for location in workshop.locations)
    return next(addresses, None) or link(workshop) or next(names, "Online")


def _spot(location: Location) -> Spot:
    address = one_line(location.address or "")
    return Spot(NAMES[location.type], address, location.link or (_map(address) if address else ""))


def _map(address: str) -> str:
    return f"https://www.google.com/maps/search/?api=1&query={quote_plus(address)}"
