"""What the people of a school read and change about it."""

from immersio.access.callers import Member
from immersio.tenant import store
from immersio.tenant.model import Tenant
from immersio.tenant.plan import FEATURES, Plan
from immersio.tenant.schemas import PlanView, TenantView
from kernel.errors import TenantNotFound


def get_tenant(caller: Member) -> TenantView:
    tenant = store.load_tenant(caller.tenant_id)
    if tenant is None:
        raise TenantNotFound("Your school does not exist any more")
    return _view(tenant)


def _view(tenant: Tenant) -> TenantView:
    return TenantView(
        id=tenant.id,
        name=tenant.name,
        slug=tenant.slug,
        logo_url=tenant.logo_url,
        plan=_plan_view(tenant.plan),
        stripe_connected=tenant.stripe_connected,
        immersio_connected=tenant.immersio_connected,
        landing_page_published=tenant.landing_page_published,
        created_at=tenant.created_at,
    )


def _plan_view(plan: Plan) -> PlanView:
    return PlanView(
        type=plan.type,
        max_teachers=plan.teachers,
        max_bookings_per_month=plan.bookings_a_month,
        max_event_types=plan.workshops,
        features=FEATURES,
    )
