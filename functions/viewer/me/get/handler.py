"""viewer.me.get: who is signed in, and where."""

from immersio.access import service
from immersio.access.callers import SignedIn
from immersio.access.schemas import Me
from kernel.errors import TenantNotFound
from kernel.trpc import query


@query("viewer.me.get", caller=SignedIn, errors=(TenantNotFound,))
def handler(caller: SignedIn) -> Me:
    return service.me(caller)
