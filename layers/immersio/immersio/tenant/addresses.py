"""Where a school's pages are served."""

from urllib.parse import urlsplit

from immersio.tenant.model import Tenant
from kernel import settings


def school_url(tenant: Tenant) -> str:
    """`https://language-academy.booking.immersio.com`; a teacher's own pages lie below it."""
    base = urlsplit(settings.get("BOOKING_BASE_URL"))
    return f"{base.scheme}://{tenant.slug}.{base.netloc}"


def invite_url(token: str) -> str:
    """The page on which an invitation is accepted; it is everybody's, as who is invited knows no school's yet."""
    return f"{settings.get('BOOKING_BASE_URL')}/invites/{token}"
