"""immersio.landing.getSettings: how the school's landing page looks, and whether the public sees it."""

from immersio.access.callers import Member
from immersio.landing import service
from immersio.landing.schemas import LandingSettings
from kernel.errors import TenantNotFound
from kernel.trpc import query


@query("immersio.landing.getSettings", caller=Member, errors=(TenantNotFound,))
def handler(caller: Member) -> LandingSettings:
    return service.get_settings(caller)
