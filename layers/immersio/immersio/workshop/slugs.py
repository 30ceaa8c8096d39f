"""The part of an address that names a workshop, made from a title in any script."""

from slugify import slugify, smart_truncate

MAX_LENGTH = 80
FALLBACK = "workshop"
# fmt: off
RESERVED = frozenset(
    {
        "admin", "api", "app", "archive", "assets", "availability", "book", "booking", "bookings", "calendar",
        "cancel", "create", "delete", "edit", "embed", "event", "health", "help", "index", "invite", "invites",
        "landing", "login", "logout", "me", "new", "null", "oauth", "public", "reschedule", "schedule", "search",
        "settings", "signup", "static", "teams", "undefined", "update", "viewer", "waitlist", "webhooks",
        "workshops",
    }
)
# fmt: on
"""Words that a front end or we ourselves use, or may come to use, where a slug stands."""


def slug_of(title: str, *, length: int = MAX_LENGTH, fallback: str = FALLBACK) -> str:
    """`Business English Workshop` as `business-english-workshop`: the same title always gives the same slug.

    The transliteration is named, because the default is whichever happens to be installed; this one reads emoji too.
    """
    slug = _shortened(slugify(title, backend="anyascii", algorithm="modern"), length)
    if slug in RESERVED or slug.isdigit():
        slug = _shortened(f"{fallback}-{slug}", length)
    return slug or fallback


def numbered(slug: str, number: int, *, length: int = MAX_LENGTH) -> str:
    """The slug for the second, third, … workshop of that name: `business-english-workshop-2`."""
    if number < 2:
        return slug
    suffix = f"-{number}"
    return _shortened(slug, length - len(suffix)) + suffix


def _shortened(slug: str, length: int) -> str:
    """Cut between words where that leaves one."""
    return smart_truncate(slug, max_length=length, word_boundary=True, separator="-", save_order=True)
