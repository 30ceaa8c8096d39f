"""A school's connection to Immersio, as the rest of the product finds it."""

from immersio.integration import store
from immersio.integration.model import Integration
from kernel.errors import ImmersioNotConnected


def connected(tenant_id: int) -> Integration:
    """The school's connection; whoever needs one is told how to come by it."""
    integration = store.load_integration(tenant_id)
    if integration is None:
        raise ImmersioNotConnected(
            "Your school is not connected to Immersio; an owner or admin does that with immersio.integration.connect"
        )
    return integration
