"""immersio.webhook.rotateSecret: sign what Immersio is told with a new secret."""

from immersio.access.callers import Manager
from immersio.webhook import managing
from immersio.webhook.schemas import RotatedSecret
from kernel.errors import Conflict
from kernel.trpc import mutation


@mutation("immersio.webhook.rotateSecret", caller=Manager, errors=(Conflict,))
def handler(caller: Manager) -> RotatedSecret:
    return managing.rotate_secret(caller)
