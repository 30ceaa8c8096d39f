"""By hand: a new API key for a client of the tours API."""

from kernel.operator import operator_command
from resman import operators
from resman.schemas import CreateClientRequest, CreateClientResponse


@operator_command
def handler(request: CreateClientRequest) -> CreateClientResponse:
    return operators.create_client(request)
