"""How a school comes to be told of its events."""

from immersio.tenant.model import Tenant
from immersio.webhook.model import Receiver, SigningSecret
from kernel import destinations, ids
from kernel.errors import InvalidInput


def receiver_of(tenant: Tenant, url: str) -> Receiver:
    """Events go to this address, signed with a secret that is the school's own."""
    if tenant.immersio_org_id is None:
        raise InvalidInput.field("immersio_org_id", "is needed with webhook_url: it is that organisation which is told")
    destinations.require("webhook_url", url)
    secret = SigningSecret(value=ids.new_signing_secret(), created_at=tenant.created_at)
    return Receiver(tenant_id=tenant.id, url=url, secrets=(secret,), created_at=tenant.created_at)
