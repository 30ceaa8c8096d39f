"""Starting a session: NextAuth's cookie for somebody of whom it is certain who they are."""

from typing import NamedTuple

from immersio.access.model import User
from kernel import session, settings


class Started(NamedTuple):
    token: str
    """The cookie's value."""
    cookies: tuple[str, ...]
    """As in `Set-Cookie`."""


def start(user: User) -> Started:
    secret = settings.secret("SESSION_SECRET")["secret"]
    made = session.cookies(user.id, user.email, secret, secure=not settings.is_local(), name=user.name)
    ((name, token),) = made.items()  # one: a name and an address are short
    return Started(token, (session.set_cookie(name, token),))
