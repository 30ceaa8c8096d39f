"""Usernames: the part of an address that names who teaches, unique in the school."""

from collections.abc import Iterator
from itertools import count, islice

from immersio.access import store
from immersio.workshop.slugs import RESERVED, numbered, slug_of
from kernel.errors import Conflict, InvalidInput

MAX_LENGTH = 63
"""Of a label in an address."""
FALLBACK = "teacher"
ASKED_AT_ONCE = 20


def chosen(tenant_id: int, username: str) -> str:
    """The username that somebody wants, or why they cannot have it."""
    refuse_reserved("username", username)
    if store.taken_usernames(tenant_id, [username]):
        raise Conflict(f"username: {username} is somebody else's at this school; choose another")
    return username


def next_free(tenant_id: int, name: str) -> str:
    """A username made of a name: `jane-smith`, or `jane-smith-2` where that is somebody's."""
    numbers = _candidates(name)
    while True:
        candidates = list(islice(numbers, ASKED_AT_ONCE))
        taken = store.taken_usernames(tenant_id, candidates)
        if free := next((candidate for candidate in candidates if candidate not in taken), None):
            return free


def refuse_reserved(field: str, username: str) -> None:
    if username in RESERVED:
        raise InvalidInput.field(field, f"{username} is part of our own addresses; choose another")


def _candidates(name: str) -> Iterator[str]:
    slug = slug_of(name, length=MAX_LENGTH, fallback=FALLBACK)
    return (numbered(slug, number, length=MAX_LENGTH) for number in count(1))
