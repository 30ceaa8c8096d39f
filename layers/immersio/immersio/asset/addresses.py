"""Where images are served, and whose image an address is."""

import re

from pydantic import HttpUrl

from kernel import settings

PUBLISHED = "assets/"
ASSET_ID = re.compile(r"asset_[0-9a-f]{32}")


def key_of(tenant_id: int, asset_id: str) -> str:
    return f"{PUBLISHED}{tenant_id}/{asset_id}"


def address_of(tenant_id: int, asset_id: str) -> str:
    return f"{settings.get('ASSETS_URL')}/{key_of(tenant_id, asset_id)}"


def is_ours(url: str) -> bool:
    """Whether it is served from our bucket, and not from anywhere else."""
    return _host(HttpUrl(url)) == _host(HttpUrl(settings.get("ASSETS_URL")))


def asset_of(tenant_id: int, url: str) -> str | None:
    """Which of the school's images an address of ours is; None where it is another school's, or nobody's (INV-23)."""
    found = (HttpUrl(url).path or "").removeprefix(f"/{key_of(tenant_id, '')}")
    return found if ASSET_ID.fullmatch(found) else None


def _host(url: HttpUrl) -> tuple[str, int | None]:
    """As a browser understands it, however it is spelled; that it is asked with or without TLS makes no other of it."""
    return (url.host or "").rstrip("."), None if url.port in {80, 443} else url.port


def shows(url: str, asset_id: str) -> bool:
    """However the address is written around it: the id cannot be there by chance."""
    return asset_id in url
