"""A day's reconciliation: from all schools to each, and from there to its workshops and its plan."""

from datetime import timedelta
from itertools import islice

from immersio.reconciling import duties, store
from immersio.reconciling.seats import reconcile_occurrence, reconcile_workshops
from immersio.reconciling.usage import reconcile_plan, workshop_ids
from immersio.tenant import store as tenants
from kernel import clock
from kernel.outbox import Message

STARTED = timedelta(days=1)
"""Classes that started so long ago are looked at too."""
WORKSHOPS = 25
"""So many share a message."""


def reconcile_all_schools() -> int:
    """A message for each school; how many there are."""
    schools = [tenant.id for tenant in tenants.all_tenants()]
    store.send(map(duties.of_school, schools))
    return len(schools)


def reconcile_school(message: Message) -> None:
    tenant_id, since = int(message.tenant), clock.now() - STARTED
    ids = workshop_ids(tenant_id)
    pages = iter(lambda: list(islice(ids, WORKSHOPS)), [])
    store.send([*(duties.of_seats(tenant_id, page, since) for page in pages), duties.of_plan(tenant_id)])


KINDS = {
    "school": reconcile_school,
    "seats": reconcile_workshops,
    "occurrence": reconcile_occurrence,
    "plan": reconcile_plan,
}


def deliver(message: Message) -> None:
    KINDS[message.kind](message)
