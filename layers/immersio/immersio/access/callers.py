"""Who may call the procedures: people with a session, in a role.

The cookie only says who somebody is. Where they belong and what they may do stands in the table, so that a change
there holds from the next request on, whatever a cookie of last month claims (INV-24).
"""

from dataclasses import dataclass
from typing import ClassVar, Self

from immersio.access import store
from immersio.access.model import Role, User
from kernel import session, settings
from kernel.contract import Errors
from kernel.errors import Forbidden, Unauthorized
from kernel.fields import normalised_email
from kernel.limits import AUTHENTICATED, Limit
from kernel.request import Request


@dataclass(frozen=True)
class SignedIn:
    """Anybody with a session and a place at a school, students too."""

    limit: ClassVar[Limit] = AUTHENTICATED
    refused_with: ClassVar[Errors] = (Unauthorized, Forbidden)
    roles: ClassVar[frozenset[Role]] = frozenset(Role)
    user: User
    role: Role

    @classmethod
    def authenticate(cls, request: Request) -> Self:
        user = _user(request)
        membership = store.load_membership(user.tenant_id, user.id)
        if membership is None:
            raise Forbidden("You do not belong to a school any more; ask its owner to invite you again")
        if membership.role not in cls.roles:
            takes = " or ".join(role for role in Role if role in cls.roles)
            raise Forbidden(f"This takes the role {takes}; yours is {membership.role}")
        return cls(user, membership.role)

    @property
    def scope(self) -> str:
        return f"{self.shared_scope} user {self.user.id}"

    @property
    def shared_scope(self) -> str:
        return f"tenant {self.tenant_id}"

    @property
    def user_id(self) -> int:
        return self.user.id

    @property
    def tenant_id(self) -> int:
        return self.user.tenant_id


class Member(SignedIn):
    """Somebody of the school's staff: its owner, an administrator or a teacher."""

    roles = frozenset({Role.OWNER, Role.ADMIN, Role.MEMBER})


class Manager(Member):
    """An owner or administrator of the school."""

    roles = frozenset({Role.OWNER, Role.ADMIN})


class Owner(Manager):
    """An owner of the school."""

    roles = frozenset({Role.OWNER})


def _user(request: Request) -> User:
    found = session.read(request.cookies, settings.secret("SESSION_SECRET")["secret"])
    if found is None:
        raise Unauthorized("Sign in first: there is no valid session cookie")
    user = store.load_user(found.user_id)
    if user is None or user.is_locked or normalised_email(user.email) != normalised_email(found.email):
        raise Unauthorized("This session is no user's any more; sign in again")
    return user
