"""How a school comes to be told of its events."""

from immersio.tenant.model import Tenant
from immersio.webhook import store
from immersio.webhook.model import Receiver, SigningSecret
from kernel import clock, destinations, ids
from kernel.errors import InvalidInput


def receiver_of(tenant: Tenant, url: str) -> Receiver:
    """Events go to this address, signed with a secret that is the school's own."""
    if tenant.immersio_org_id is None:
        raise InvalidInput.field("immersio_org_id", "is needed with webhook_url: it is that organisation which is told")
    destinations.require("webhook_url", url)
    secret = SigningSecret(value=ids.new_signing_secret(), created_at=tenant.created_at)
    return Receiver(tenant_id=tenant.id, url=url, secrets=(secret,), created_at=tenant.created_at)


def receive_at(tenant_id: int, url: str | None) -> store.Actions:
    """Whoever connects is told from now on, here or where they were told before; the address must have been checked."""
    if store.load_receiver(tenant_id):
        return [store.receiving_again(tenant_id, url)]
    return [store.new_receiver(_new(tenant_id, url))] if url is not None else []


def _new(tenant_id: int, url: str) -> Receiver:
    now = clock.now()
    made = SigningSecret(value=ids.new_signing_secret(), created_at=now)
    return Receiver(tenant_id=tenant_id, url=url, secrets=(made,), created_at=now)
