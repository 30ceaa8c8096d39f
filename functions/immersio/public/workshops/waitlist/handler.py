"""POST /api/v1/public/workshops/{slug}/waitlist: wait for a seat in a class that is full.

A seat that is given back is offered to who waits longest, by e-mail and for a while. Who joins again is told where
they stand.
"""

from immersio.booking.schemas import AtSchool, BookRequest
from immersio.waitlist import service
from immersio.waitlist.schemas import Joined
from kernel.auth import Anyone
from kernel.errors import Conflict, TenantNotFound, WhitelistDenied, WorkshopNotFound
from kernel.http import Created, endpoint


@endpoint(
    "POST /api/v1/public/workshops/{slug}/waitlist",
    caller=Anyone,
    idempotent=True,
    absent=WorkshopNotFound,
    errors=(Conflict, TenantNotFound, WhitelistDenied),
)
def handler(slug: str, query: AtSchool, request: BookRequest) -> Created[Joined]:
    return Created(service.join(query.tenant_slug, slug, request))
