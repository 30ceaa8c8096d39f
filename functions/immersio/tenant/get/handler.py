"""immersio.tenant.get: the school of who asks, its plan and what it is connected to."""

from immersio.access.callers import Member
from immersio.tenant import service
from immersio.tenant.schemas import TenantView
from kernel.errors import TenantNotFound
from kernel.trpc import query


@query("immersio.tenant.get", caller=Member, errors=(TenantNotFound,))
def handler(caller: Member) -> TenantView:
    return service.get_tenant(caller)
