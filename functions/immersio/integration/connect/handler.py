"""immersio.integration.connect: which organisation a school is at Immersio, and the key that proves it."""

from immersio.access.callers import Manager
from immersio.integration import connecting
from immersio.integration.schemas import Connected, ConnectInput
from kernel.errors import Conflict, TenantNotFound
from kernel.trpc import mutation


@mutation("immersio.integration.connect", caller=Manager, errors=(Conflict, TenantNotFound))
def handler(caller: Manager, input: ConnectInput) -> Connected:
    return connecting.connect(caller, input)
