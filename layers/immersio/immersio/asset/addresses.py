"""Where images are served, and whose image an address is."""

import re
from collections.abc import Iterable

from pydantic import HttpUrl

from kernel import settings

PUBLISHED = "assets/"
ASSET_ID = re.compile(r"asset_[0-9a-f]{32}")


def key_of(tenant_id: int, asset_id: str) -> str:
    return f"{PUBLISHED}{tenant_id}/{asset_id}"


def address_of(tenant_id: int, asset_id: str) -> str:
    return f"{settings.get('ASSETS_URL')}/{key_of(tenant_id, asset_id)}"


def may_be_named(url: str, tenant_id: int, retired: Iterable[str]) -> bool:
    """Whether a school may show what is there; what another school has is answered as what nobody has (INV-23)."""
    ours, named = HttpUrl(settings.get("ASSETS_URL")), HttpUrl(url)
    if _host(named) != _host(ours):
        return True
    is_own = ASSET_ID.fullmatch((named.path or "").removeprefix(f"/{key_of(tenant_id, '')}"))
    return bool(is_own) and not any(shows(url, one) for one in retired)


def _host(url: HttpUrl) -> tuple[str, int | None]:
    """As a browser understands it, however it is spelled; that it is asked with or without TLS makes no other of it."""
    return (url.host or "").rstrip("."), None if url.port in {80, 443} else url.port


def shows(url: str, asset_id: str) -> bool:
    """However the address is written around it: the id cannot be there by chance."""
    return asset_id in url
