"""What the public can ask for: a class to come of a workshop that a school offers."""

from datetime import datetime

from immersio.tenant import store as tenants
from immersio.tenant.model import Tenant
from immersio.workshop import store
from immersio.workshop.holds import unheld
from immersio.workshop.model import Status, Workshop
from immersio.workshop.occurrences import is_shown
from immersio.workshop.outlook import schedules_of
from kernel import clock
from kernel.errors import InvalidInput, TenantNotFound, WorkshopNotFound


def find_school(slug: str) -> Tenant:
    tenant = tenants.find_tenant(slug)
    if tenant is None:
        raise TenantNotFound("There is no school of this name; check tenantSlug")
    return tenant


def find_offered(tenant: Tenant, slug: str) -> Workshop:
    """What is not offered is not there. To look at: it may be that somebody is changing it just now."""
    workshop_id = store.find_slug(tenant.id, slug)
    return _offered(store.load_workshop(tenant.id, workshop_id) if workshop_id else None)


def find_workshop(tenant: Tenant, slug: str) -> Workshop:
    """The same for a claim to go by, which has to wait for who is changing it."""
    return _offered(unheld(find_offered(tenant, slug)))


def _offered(workshop: Workshop | None) -> Workshop:
    if workshop is None or workshop.status is not Status.ACTIVE:
        raise WorkshopNotFound("This school offers no workshop of this name; a draft or an archived one is not offered")
    return workshop


def check_class(workshop: Workshop, starts_at: datetime) -> None:
    if not takes_place(workshop, starts_at):
        raise InvalidInput.field("startTime", "no class of this workshop starts then; take one of its schedule")


def takes_place(workshop: Workshop, starts_at: datetime) -> bool:
    """Whether a class starts then that has not started and can be booked already."""
    rule = workshop.rule(schedules_of(workshop.tenant_id, [workshop])[workshop.id])
    return is_shown(rule, starts_at, now=clock.now())
