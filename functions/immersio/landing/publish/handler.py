"""immersio.landing.publish: show the school's landing page to the public."""

from immersio.access.callers import Manager
from immersio.landing import service
from immersio.landing.schemas import PublishedPage
from kernel.errors import TenantNotFound
from kernel.trpc import mutation


@mutation("immersio.landing.publish", caller=Manager, errors=(TenantNotFound,))
def handler(caller: Manager) -> PublishedPage:
    return service.publish(caller)
