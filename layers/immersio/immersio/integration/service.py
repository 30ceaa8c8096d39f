"""How a school comes to be told of its events."""

from immersio.integration.model import Integration, SigningSecret
from immersio.tenant.model import Tenant
from kernel import destinations, ids
from kernel.errors import InvalidInput


def integrate(tenant: Tenant, webhook_url: str) -> Integration:
    """Events go to this address, signed with a secret that is the school's own."""
    if tenant.immersio_org_id is None:
        raise InvalidInput.field("immersio_org_id", "is needed with webhook_url: it is that organisation which is told")
    destinations.require("webhook_url", webhook_url)
    secret = SigningSecret(value=ids.new_signing_secret(), created_at=tenant.created_at)
    return Integration(
        tenant_id=tenant.id,
        immersio_org_id=tenant.immersio_org_id,
        webhook_url=webhook_url,
        secrets=(secret,),
        created_at=tenant.created_at,
    )
