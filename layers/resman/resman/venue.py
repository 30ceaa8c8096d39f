"""Where a tour takes place, who gives it, and how one gets there."""

from kernel.contacts import Contact
from resman.model import Tour
from resman.property import Property, TourType


def location(tour: Tour, property: Property) -> str | None:
    """The address to come to; None for a virtual tour."""
    return None if tour.type is TourType.VIRTUAL else property.address


def virtual_link(tour: Tour, property: Property) -> str | None:
    """The tour's own video room; None where there is nothing to join."""
    if tour.type is not TourType.VIRTUAL or property.virtual_link is None:
        return None
    return f"{str(property.virtual_link).rstrip('/')}/{tour.id}"


def instructions(tour: Tour, property: Property) -> str:
    """What the property tells everyone who comes; empty once it no longer offers this type."""
    offer = property.offers.get(tour.type)
    return offer.instructions if offer else ""


def office(property: Property) -> Contact:
    return Contact(property.name, property.leasing_email)


def host(tour: Tour, property: Property) -> Contact:
    """The guide, or the leasing office where guests go round by themselves."""
    return Contact(tour.staff.name, tour.staff.email) if tour.staff else office(property)
