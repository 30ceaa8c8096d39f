"""By hand: end an API key."""

from kernel.operator import operator_command
from resman import operators
from resman.schemas import RevokeClientRequest, RevokeClientResponse


@operator_command
def handler(request: RevokeClientRequest) -> RevokeClientResponse:
    return operators.revoke_client(request)
