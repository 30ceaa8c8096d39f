"""By hand: a school with its owner, and the team it starts with."""

from immersio.tenant import operators
from immersio.tenant.schemas import CreateTenantRequest, CreateTenantResponse
from kernel.operator import operator_command


@operator_command
def handler(request: CreateTenantRequest) -> CreateTenantResponse:
    return operators.create_tenant(request)
