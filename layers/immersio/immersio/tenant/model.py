"""A school: the tenant that everything of the second half belongs to."""

from pydantic import BaseModel, ConfigDict

from immersio.schedule.model import TimeZone
from immersio.tenant.plan import PLANS, Plan, PlanType
from kernel.clock import Instant


class Tenant(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: int
    name: str
    slug: str
    """Its name in addresses: `{slug}.booking.…`."""
    logo_url: str | None = None
    plan_type: PlanType
    time_zone: TimeZone
    stripe_account_id: str | None = None
    stripe_can_charge: bool = True
    """Whether that account may take money, as Stripe last told."""
    immersio_org_id: str | None = None
    """Its organisation there, which is no other school's."""
    immersio_connected_at: Instant | None = None
    """When it first proved, with a key, that it is."""
    landing_page_published: bool = False
    created_at: Instant

    @property
    def plan(self) -> Plan:
        return PLANS[self.plan_type]

    @property
    def stripe_connected(self) -> bool:
        return self.stripe_account_id is not None

    @property
    def immersio_connected(self) -> bool:
        return self.immersio_connected_at is not None
