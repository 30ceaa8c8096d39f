"""immersio.webhook.listDeliveries: what a school's Immersio was told, and what is still to be told."""

from immersio.access.callers import Manager
from immersio.webhook import managing
from immersio.webhook.schemas import DeliveriesPage, ListDeliveriesInput
from kernel.trpc import query


@query("immersio.webhook.listDeliveries", caller=Manager)
def handler(input: ListDeliveriesInput, caller: Manager) -> DeliveriesPage:
    return managing.list_deliveries(caller, input)
