"""immersio.workshop.updateWhitelist: who may book a workshop."""

from immersio.access.callers import Member
from immersio.whitelist import service
from immersio.whitelist.schemas import LARGEST_INPUT, UpdatedWhitelist, UpdateWhitelistInput
from kernel.errors import WorkshopNotFound
from kernel.trpc import mutation


@mutation("immersio.workshop.updateWhitelist", caller=Member, largest_body=LARGEST_INPUT, errors=(WorkshopNotFound,))
def handler(input: UpdateWhitelistInput, caller: Member) -> UpdatedWhitelist:
    return service.update_whitelist(caller, input)
