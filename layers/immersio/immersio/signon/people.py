"""Who somebody from Immersio is here: one of us, found by who they are there or by their address, or somebody new."""

from typing import NamedTuple

from immersio.access import store as access
from immersio.access import usernames
from immersio.access.model import Membership, Person, Role, User
from immersio.signon import store, tokens
from immersio.signon.model import Claims
from immersio.tenant.model import Tenant
from kernel import clock, ids
from kernel.errors import Forbidden


class Arrival(NamedTuple):
    person: Person
    rows: access.Actions
    is_new: bool

    @property
    def takes_a_place(self) -> bool:
        """Of the plan's, for teachers; who is known has theirs."""
        return self.is_new and self.person.membership.is_staff


def arrive(claims: Claims, tenant: Tenant) -> Arrival:
    user = _linked_user(claims, tenant) or _user_of_that_address(claims, tenant)
    if user is None:
        return _newcomer(claims, tenant)
    if user.is_locked:
        raise Forbidden("Your account is locked; ask the school")
    return _known(user, claims)


def _linked_user(claims: Claims, tenant: Tenant) -> User | None:
    user_id = store.find_user_id(tenant.id, claims.sub)
    return access.load_user(user_id) if user_id else None


def _user_of_that_address(claims: Claims, tenant: Tenant) -> User | None:
    """Somebody of this school who never came from Immersio; nobody else may be taken for them."""
    user = access.find_user(claims.email)
    if user is None:
        return None
    if user.tenant_id != tenant.id:
        raise tokens.refused("another school's user")
    if user.immersio_subject is not None:
        raise tokens.refused("another person's address")
    if user.email.lower() != claims.email.lower():
        raise tokens.refused("an address that only looks the same")  # ß counts as ss with us, and is another domain
    return user


def _known(before: User, claims: Claims) -> Arrival:
    """What they may do here is the table's to say; who was removed comes back as a student (INV-24)."""
    user = _as_told(before, claims)
    rows = access.recognised(before, user) if user != before else []
    if before.immersio_subject is None:
        rows.append(store.linked(user.tenant_id, claims.sub, user.id))
    membership = access.load_membership(user.tenant_id, user.id)
    if membership is None:
        membership = _membership(user, Role.STUDENT)
        rows.append(access.new_membership(membership))
    return Arrival(Person(user, membership), rows, is_new=False)


def _as_told(user: User, claims: Claims) -> User:
    """As Immersio knows them today; an address that is somebody else's here stays what it was."""
    told = {
        "name": claims.name or user.name,
        "email": claims.email if _is_free(claims.email, user) else user.email,
        "immersio_subject": claims.sub,
    }
    return user.model_copy(update=told)


def _is_free(email: str, user: User) -> bool:
    owner = access.find_user(email)
    return owner is None or owner.id == user.id


def _newcomer(claims: Claims, tenant: Tenant) -> Arrival:
    user = User(
        id=ids.new_number(),
        tenant_id=tenant.id,
        email=claims.email,
        name=claims.called,
        username=usernames.next_free(tenant.id, claims.called),
        time_zone=tenant.time_zone,
        immersio_subject=claims.sub,
        created_at=clock.now(),
    )
    membership = _membership(user, Role.MEMBER if claims.is_teacher else Role.STUDENT)
    rows = [*access.new_member(user, membership), store.linked(tenant.id, claims.sub, user.id)]
    return Arrival(Person(user, membership), rows, is_new=True)


def _membership(user: User, role: Role) -> Membership:
    return Membership(tenant_id=user.tenant_id, user_id=user.id, role=role, created_at=clock.now())
