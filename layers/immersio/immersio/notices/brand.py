"""How a school looks in what we send for it."""

from dataclasses import dataclass

from immersio.tenant.model import Tenant

DEFAULT_COLOUR = "#27548A"


@dataclass(frozen=True, slots=True)
class Brand:
    name: str
    colour: str
    """`#` and six hexadecimal digits."""


def brand_of(tenant: Tenant) -> Brand:
    return Brand(name=tenant.name, colour=DEFAULT_COLOUR)
