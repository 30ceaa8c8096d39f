"""The outbox messages that oblige us to tell somebody something; each is committed with what it tells of."""

from immersio.invite.model import Invite
from immersio.notices.model import QUEUE, InvitationOwed, Notice
from kernel import outbox
from kernel.outbox import Message


def invitation(invite: Invite) -> Message:
    """The invitation's link is not in it (INV-26): it is made again when the e-mail is written."""
    owed = InvitationOwed(tenant_id=invite.tenant_id, email=invite.email, invite_id=invite.id)
    return outbox.message(
        tenant=str(invite.tenant_id), queue=QUEUE, kind=Notice.INVITATION, payload=owed.model_dump(mode="json")
    )
