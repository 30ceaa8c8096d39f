"""How a school comes to be told of its events."""

from immersio.tenant.model import Tenant
from immersio.webhook import store
from immersio.webhook.model import Receiver
from kernel import clock, destinations, ids
from kernel.errors import InvalidInput


def receiver_of(tenant: Tenant, url: str) -> Receiver:
    """Events go to this address, signed with a secret that is the school's own."""
    if tenant.immersio_org_id is None:
        raise InvalidInput.field("immersio_org_id", "is needed with webhook_url: it is that organisation which is told")
    destinations.require("webhook_url", url)
    return Receiver.new(tenant.id, url, ids.new_signing_secret(), tenant.created_at)


def receive_at(tenant_id: int, url: str | None) -> store.Actions:
    """Whoever connects is told from now on, here or where they were told before; what they missed can be replayed.

    The address must have been checked (INV-29). It fails where the receiver is made at the same moment.
    """
    if store.load_receiver(tenant_id):
        return [store.receiving_again(tenant_id, url)]
    if url is None:
        return []
    return [store.new_receiver(Receiver.new(tenant_id, url, ids.new_signing_secret(), clock.now()))]
