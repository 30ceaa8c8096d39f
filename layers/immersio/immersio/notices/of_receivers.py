"""Telling the owners that their Immersio is not told any more."""

from immersio.notices import letters, owners, sending
from immersio.notices.model import ReceiverOwed
from immersio.tenant import store as tenants
from immersio.webhook import store as webhooks
from kernel import mail
from kernel.outbox import Message


def send(message: Message) -> bool:
    """Whether it still held."""
    owed = ReceiverOwed.model_validate(message.payload)
    tenant, receiver = tenants.load_tenant(owed.tenant_id), webhooks.load_receiver(owed.tenant_id)
    if tenant is None or receiver is None or receiver.disabled_at != owed.disabled_at:
        return False
    if owed.owner_id is None:
        owners.copy_to_each(message, tenant.id)
        return True
    owner = next(iter(owners.of_school(tenant.id, [owed.owner_id])), None)
    if owner is None:
        return False
    letter = letters.told_no_more(owed, tenant, owner)
    sending.send(message, letter, tenant, to=owner.email, reply_to=mail.sender_address())
    return True
