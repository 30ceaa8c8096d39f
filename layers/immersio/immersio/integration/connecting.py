"""A school proves with a key which organisation it is at Immersio; only then is anything written."""

from immersio.access.callers import Manager
from immersio.integration import client, store
from immersio.integration.client import Organization
from immersio.integration.model import Integration
from immersio.integration.schemas import Connected, ConnectInput, ConnectionTest
from immersio.tenant import store as tenants
from immersio.tenant.model import Tenant
from immersio.webhook import service as webhooks
from kernel import clock, destinations, ids
from kernel.errors import Conflict, ImmersioUnavailable, TemporarilyUnavailable, TenantNotFound

TRIES = 3
"""Only somebody of the same school who connects in this moment can be in the way."""
SCHOOL, ORGANIZATION = 0, 1
"""Where they stand in the commit."""


def connect(caller: Manager, input: ConnectInput) -> Connected:
    """Connect, or put a new key in place of the old; what Immersio refuses changes nothing."""
    if input.receive_at is not None:
        destinations.require("webhookUrl", input.receive_at)
    _check_is_theirs(_school(caller.tenant_id), input.immersio_org_id)
    try:
        found = client.organization(input.immersio_org_id, input.api_key.get_secret_value())
    except (client.KeyRefused, ImmersioUnavailable) as failure:
        return _failed(caller.tenant_id, failure.message)
    for _ in range(TRIES):
        if connected := _committed(caller.tenant_id, input, found):
            return connected
    raise TemporarilyUnavailable("Your school is being connected by somebody else; try again", retry_after_seconds=1)


def _committed(tenant_id: int, input: ConnectInput, found: Organization) -> Connected | None:
    """None where somebody else of the school came in between."""
    school = _school(tenant_id)
    _check_is_theirs(school, found.id)
    integration = _integration(tenant_id, input, found)
    try:
        store.commit(
            tenants.connected_immersio(tenant_id, found.id, school.immersio_connected_at or clock.now()),
            store.claimed(tenant_id, found.id),
            store.save_integration(integration),
            *_given_up(school, found.id),
            *webhooks.receive_at(tenant_id, input.receive_at),
        )
    except store.ConditionFailed as failure:
        if failure.failed(SCHOOL):
            raise _gone() from None
        if failure.failed(ORGANIZATION):
            raise Conflict(
                "immersioOrgId: this organisation is another school's already; if it is yours, tell us"
            ) from None
        return None
    result = ConnectionTest(connection_valid=True, org_name=found.name, course_count=found.course_count)
    return Connected(success=True, integration_id=integration.id, test_result=result)


def _integration(tenant_id: int, input: ConnectInput, found: Organization) -> Integration:
    """The same number for as long as the school is connected."""
    known = store.load_integration(tenant_id)
    return Integration(
        id=known.id if known else ids.new_number(),
        tenant_id=tenant_id,
        org_id=found.id,
        org_name=found.name,
        api_key=input.api_key.get_secret_value(),
        connected_at=clock.now(),
    )


def _given_up(school: Tenant, org_id: str) -> list[store.Action]:
    """An organisation that operators had put down for the school, and that it turns out not to be."""
    former = school.immersio_org_id
    return [store.given_up(school.id, former)] if former not in (None, org_id) else []


def _check_is_theirs(school: Tenant, org_id: str) -> None:
    """Courses, rosters and people of the first are all over the school; it cannot become another's."""
    if school.immersio_connected and school.immersio_org_id != org_id:
        raise Conflict(
            "immersioOrgId: your school is connected to another organisation, and stays with it; "
            "to change a key, send the same organisation"
        )


def _school(tenant_id: int) -> Tenant:
    school = tenants.load_tenant(tenant_id)
    if school is None:
        raise _gone()
    return school


def _gone() -> TenantNotFound:
    return TenantNotFound("Your school does not exist any more")


def _failed(tenant_id: int, reason: str) -> Connected:
    known = store.load_integration(tenant_id)
    result = ConnectionTest(connection_valid=False, error=reason)
    return Connected(success=False, integration_id=known.id if known else 0, test_result=result)
