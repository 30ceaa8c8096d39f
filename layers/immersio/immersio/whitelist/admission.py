"""Whether an address is on a workshop's list, also while that is replaced (INV-25)."""

from collections.abc import Iterator

from immersio.whitelist import store
from immersio.workshop.model import Workshop
from kernel.errors import WhitelistDenied
from kernel.fields import normalised_email


def admission(tenant_id: int, workshop: Workshop, email: str) -> list[store.Action]:
    """What must hold in the transaction of a booking: the address has not been taken off the list that there is now.

    Raises `WhitelistDenied` where it is not on it. If this fails at the commit, the list has just been changed: ask
    again, and the answer is either another action or the refusal.
    """
    if not workshop.whitelist_enabled:
        return []
    address = normalised_email(email)
    for number in numbers_until_they_repeat(tenant_id, workshop.id):
        if store.is_listed(tenant_id, workshop.id, number, address):
            return [store.admitted(tenant_id, workshop.id, number, address)]
    raise WhitelistDenied("This e-mail address is not on the workshop's list; ask the school to add it")


def numbers_until_they_repeat(tenant_id: int, workshop_id: int) -> Iterator[int]:
    """The list's generation, and again when it was replaced: what was read meanwhile may have been half deleted."""
    before = None
    while (number := store.current_number(tenant_id, workshop_id)) not in {None, before}:
        yield number
        before = number
