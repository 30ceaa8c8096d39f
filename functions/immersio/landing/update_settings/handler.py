"""immersio.landing.updateSettings: change how the school's landing page looks."""

from immersio.access.callers import Manager
from immersio.landing import service
from immersio.landing.schemas import UpdatedSettings, UpdateSettingsInput
from kernel.errors import TenantNotFound
from kernel.trpc import mutation


@mutation("immersio.landing.updateSettings", caller=Manager, errors=(TenantNotFound,))
def handler(caller: Manager, input: UpdateSettingsInput) -> UpdatedSettings:
    return service.update_settings(caller, input)
