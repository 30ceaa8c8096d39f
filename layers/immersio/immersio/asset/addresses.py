"""Where images are served, and whose image an address is."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from kernel import settings

PUBLISHED = "assets/"


def key_of(tenant_id: int, asset_id: str) -> str:
    return f"{PUBLISHED}{tenant_id}/{asset_id}"


def address_of(tenant_id: int, asset_id: str) -> str:
    return f"{settings.get('ASSETS_URL')}/{key_of(tenant_id, asset_id)}"


def may_be_named(url: str, tenant_id: int, retired: Iterable[str]) -> bool:
    """Whether a school may show what is there; what another school has is answered as what nobody has (INV-23)."""
    ours, named = urlsplit(settings.get("ASSETS_URL")), urlsplit(url)
    if named.netloc.lower() != ours.netloc.lower():
        return True
    return named.path.startswith(f"/{key_of(tenant_id, '')}") and not any(shows(url, one) for one in retired)


def shows(url: str, asset_id: str) -> bool:
    """However the address is written around it: the id cannot be there by chance."""
    return asset_id in url
