"""Where a browser may be sent on to: pages of the school, and no others."""

import re
from urllib.parse import urlsplit

from immersio.tenant.addresses import school_url
from immersio.tenant.model import Tenant
from kernel.errors import InvalidInput

LONGEST = 1000
FIELD = "redirectUrl"
PLAIN = re.compile(r"[\x21-\x7e]+")
"""Browsers leave out or turn round what is not: white space, control characters, and letters that look like others."""


def own_page(tenant: Tenant, url: str | None) -> str:
    """The address of a page of the school's, given whole or as a path; its start page if none is given."""
    home = school_url(tenant)
    if url is None:
        return f"{home}/"
    if len(url) > LONGEST or not PLAIN.fullmatch(url) or "\\" in url:
        raise InvalidInput.field(FIELD, f"must be a URL of at most {LONGEST} plain characters, without a backslash")
    if url.startswith("/") and not url.startswith("//"):
        return f"{home}{url}"
    if _origin(url) != _origin(home):
        raise InvalidInput.field(FIELD, f"must be a page of the school: a path, or an address below {home}")
    return url


def _origin(url: str) -> tuple[str, str] | None:
    """With all that stands before the host, as `own.example@other.example` leads to the other."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.scheme.lower(), parts.netloc.lower()
