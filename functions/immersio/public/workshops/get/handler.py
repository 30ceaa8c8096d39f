"""GET /api/v1/public/workshops/{slug}: what a workshop is about, and its next classes.

The times of a class are what a booking takes as its `startTime`.
"""

from immersio.booking.schemas import AtSchool
from immersio.landing import public
from immersio.landing.schemas import PublicWorkshop
from kernel.auth import Anyone
from kernel.errors import TenantNotFound, WorkshopNotFound
from kernel.http import Public, endpoint


@endpoint("GET /api/v1/public/workshops/{slug}", caller=Anyone, absent=WorkshopNotFound, errors=(TenantNotFound,))
def handler(slug: str, query: AtSchool) -> Public[PublicWorkshop]:
    return Public(public.workshop_page(query.tenant_slug, slug), seconds=10)
