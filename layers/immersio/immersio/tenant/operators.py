"""What operators set up by `sam remote invoke`: a school with the people it starts with."""

from collections import Counter
from collections.abc import Iterable, Sequence

from immersio.access import store as access
from immersio.access import usernames
from immersio.access.model import Membership, Person, Role, User
from immersio.integration import store as integrations
from immersio.tenant import store
from immersio.tenant.model import Tenant
from immersio.tenant.plan import PLANS, allows
from immersio.tenant.schemas import CreatedUser, CreateTenantRequest, CreateTenantResponse, NewUser
from immersio.webhook import store as webhooks
from immersio.webhook.model import Receiver
from immersio.webhook.service import receiver_of
from kernel import clock, ids
from kernel.errors import Conflict, InvalidInput
from kernel.fields import normalised_email


def create_tenant(request: CreateTenantRequest) -> CreateTenantResponse:
    """A school with its owner and its team: all of it, or nothing where the slug or an e-mail is taken."""
    _check_team(request)
    tenant = _tenant(request)
    receiver = receiver_of(tenant, request.webhook_url) if request.webhook_url is not None else None
    people = _people(request, tenant)
    _commit(tenant, people, receiver)
    users = [CreatedUser(id=user.id, email=user.email, role=membership.role) for user, membership in people]
    secret = receiver.signing_secret(tenant.created_at) if receiver else None
    return CreateTenantResponse(tenant_id=tenant.id, slug=tenant.slug, users=users, webhook_secret=secret)


def _check_team(request: CreateTenantRequest) -> None:
    everybody: list[NewUser] = [request.owner, *request.team]
    limit = PLANS[request.plan].teachers
    if not allows(limit, len(everybody)):
        raise InvalidInput.field("team", f"the plan {request.plan} has room for {limit} with the owner")
    if repeated := _first_repeated(normalised_email(one.email) for one in everybody):
        raise InvalidInput.field("team", f"everybody needs an e-mail of their own; {repeated} is there twice")
    if repeated := _first_repeated(one.username for one in everybody):
        raise InvalidInput.field("team", f"everybody needs a username of their own; {repeated} is there twice")
    for one in everybody:
        usernames.refuse_reserved("owner.username" if one is request.owner else "team.username", one.username)


def _first_repeated(values: Iterable[str]) -> str | None:
    counted = Counter(values)
    return next((value for value, times in counted.items() if times > 1), None)


def _tenant(request: CreateTenantRequest) -> Tenant:
    return Tenant(
        id=ids.new_number(),
        name=request.name,
        slug=request.slug,
        logo_url=str(request.logo_url) if request.logo_url else None,
        plan_type=request.plan,
        time_zone=request.time_zone,
        immersio_org_id=request.immersio_org_id,
        created_at=clock.now(),
    )


def _people(request: CreateTenantRequest, tenant: Tenant) -> list[Person]:
    team = [_person(one, one.role, tenant) for one in request.team]
    return [_person(request.owner, Role.OWNER, tenant), *team]


def _person(new: NewUser, role: Role, tenant: Tenant) -> Person:
    user = User(
        id=ids.new_number(),
        tenant_id=tenant.id,
        email=new.email,
        name=new.name,
        username=new.username,
        time_zone=tenant.time_zone,
        created_at=tenant.created_at,
    )
    return Person(user, Membership(tenant_id=tenant.id, user_id=user.id, role=role, created_at=tenant.created_at))


def _commit(tenant: Tenant, people: Sequence[Person], receiver: Receiver | None) -> None:
    rows = [action for user, membership in people for action in access.new_member(user, membership)]
    school = store.new_tenant(tenant, teachers=len(people))
    claimed = [integrations.claimed(tenant.id, tenant.immersio_org_id)] if tenant.immersio_org_id else []
    told = [webhooks.new_receiver(receiver)] if receiver else []
    try:
        store.commit(*school, *claimed, *told, *rows)
    except store.ConditionFailed as taken:
        if taken.failed(0):
            raise Conflict(f"slug: {tenant.slug} is another school's; choose another") from None
        if claimed and taken.failed(len(school)):
            raise Conflict("immersio_org_id: this organisation is another school's already; compare it") from None
        raise _taken_email(people) from None


def _taken_email(people: Sequence[Person]) -> Conflict:
    for user, membership in people:
        if access.find_user(user.email):
            field = "owner.email" if membership.role is Role.OWNER else "team.email"
            return Conflict(f"{field}: {user.email} is a user's already, who belongs to one school; choose another")
    return Conflict("An id or an e-mail was given to somebody else in the same moment; try again")
