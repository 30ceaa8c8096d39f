"""What Stripe tells of a school's account: whether it may take money, and that it has left our platform.

Events come late, twice and in any order (INV-15), so Stripe is asked how the account stands now.
"""

from immersio.payment import store, stripe_api
from immersio.payment.model import ConnectedAccount
from immersio.tenant import store as tenants
from kernel.telemetry import logger


def note(tenant_id: int, account: ConnectedAccount) -> bool:
    """Only of the account that the school uses now."""
    now = stripe_api.connected_account(account.id)
    return now is not None and _is_done(tenants.stripe_may_charge(tenant_id, now.id, now.charges_enabled))


def leave(tenant_id: int, account_id: str) -> bool:
    """The school takes no payments any more, until it connects an account again; it may have, if this is told late."""
    if stripe_api.connected_account(account_id):
        return False
    logger.warning("a school's account has left our platform", extra={"tenant": tenant_id, "account_id": account_id})
    return _is_done(*store.left(tenant_id, account_id))


def _is_done(*actions: store.Action) -> bool:
    try:
        store.commit(*actions)
    except store.ConditionFailed:
        return False
    return True
