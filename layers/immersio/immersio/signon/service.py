"""Signing in by Immersio: going there, and coming back with a token that is good for once."""

from typing import NamedTuple
from urllib.parse import urlencode

from immersio.access import sessions
from immersio.access.model import Person
from immersio.signon import people, state, store, tokens
from immersio.signon.model import Claims
from immersio.signon.people import Arrival
from immersio.signon.redirects import own_page
from immersio.signon.schemas import LoginRequest, SignedOnUser, SignOnRequest, SignOnResponse
from immersio.tenant import store as tenants
from immersio.tenant.model import Tenant
from kernel import settings
from kernel.errors import ImmersioNotConnected, TemporarilyUnavailable, TenantNotFound

TRIES = 10
"""Each time it fails, somebody else got what we wanted, or was the same person in another window."""
TOKEN, PLACE = 0, 1
"""Where these stand among what is committed."""
NO_ROOM = "The school's plan has no room for another teacher; ask the school to make room, then sign in again"


class Leaving(NamedTuple):
    url: str
    cookies: tuple[str, ...]


class SignedOn(NamedTuple):
    response: SignOnResponse
    cookies: tuple[str, ...]


def leave(request: LoginRequest) -> Leaving:
    """To Immersio, which sends the browser back to the school's page with a token and our state."""
    tenant = tenants.find_tenant(request.tenant_slug)
    if tenant is None:
        raise TenantNotFound("There is no school of this name; check tenantSlug")
    if tenant.immersio_org_id is None:
        raise ImmersioNotConnected("This school is not connected to Immersio; sign in another way")
    page = own_page(tenant, request.redirect_url)
    begun = state.begin(tenant.id, page)
    asked = urlencode({"org": tenant.immersio_org_id, "redirect_uri": page, "state": begun.state})
    return Leaving(f"{settings.get('IMMERSIO_SIGN_ON_URL')}/oauth/authorize?{asked}", (begun.cookie,))


def sign_on(request: SignOnRequest, cookies: tuple[str, ...]) -> SignedOn:
    """A session for whom the token names; nothing is used up where the rest of the request is not as it must be."""
    claims = tokens.verified(request.token)
    tenant = store.find_school(claims.org_id)
    if tenant is None:
        raise tokens.refused("no school has this organisation")
    page = own_page(tenant, request.redirect_url)
    if request.state and not state.holds(request.state, tenant.id, page, cookies):
        raise tokens.refused("a state that does not hold")
    person = _arrived(claims, tenant)
    started = sessions.start(person.user)
    ended = (state.forgotten(),) if request.state else ()
    return SignedOn(_told(person, started.token), (*started.cookies, *ended))


def _arrived(claims: Claims, tenant: Tenant) -> Person:
    """The token is used, and who it names is there, in one commit."""
    for _ in range(TRIES):
        arrival = people.arrive(claims, tenant)
        try:
            store.commit(store.used(tenant.id, claims), *_place(arrival, tenant), *arrival.rows)
        except store.ConditionFailed as failed:
            _give_up(failed, arrival, tenant)
            continue
        return arrival.person
    raise TemporarilyUnavailable("Others are signing in in the same moment; try again", retry_after_seconds=1)


def _place(arrival: Arrival, tenant: Tenant) -> list[tenants.Action]:
    return [tenants.use_one(tenant.id, "teachers", tenant.plan.teachers)] if arrival.takes_a_place else []


def _give_up(failed: store.ConditionFailed, arrival: Arrival, tenant: Tenant) -> None:
    """Unless looking again may help: then somebody else was quicker, and it is seen then."""
    if failed.failed(TOKEN):
        raise tokens.refused("used before") from None
    if arrival.takes_a_place and set(failed.found) == {PLACE}:
        raise tenant.plan.exceeded(tenant.plan.teachers, "teachers", NO_ROOM) from None


def _told(person: Person, token: str) -> SignOnResponse:
    user, membership = person
    told = SignedOnUser(id=user.id, email=user.email, name=user.name, tenant_id=user.tenant_id, role=membership.role)
    return SignOnResponse(success=True, session_token=token, user=told)
