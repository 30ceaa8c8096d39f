"""Which generation is the list now."""

from contextlib import suppress

from immersio.whitelist import store
from immersio.whitelist.admission import numbers_until_they_repeat
from immersio.whitelist.model import Generation
from kernel import clock, ids


def current(tenant_id: int, workshop_id: int) -> Generation:
    """The list, an empty one if there never was any."""
    for number in numbers_until_they_repeat(tenant_id, workshop_id):
        if found := store.load_generation(tenant_id, workshop_id, number):
            return found
    empty = new_generation(tenant_id, workshop_id, count=0)
    with suppress(store.ConditionFailed):
        store.commit(store.new_generation(empty), store.first(empty))
        return empty
    return current(tenant_id, workshop_id)


def new_generation(tenant_id: int, workshop_id: int, count: int) -> Generation:
    number, now = ids.new_number(), clock.now()
    return Generation(tenant_id=tenant_id, workshop_id=workshop_id, number=number, count=count, since=now)
