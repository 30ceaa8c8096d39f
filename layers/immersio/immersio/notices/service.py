"""Sending what is owed, unless it no longer holds; a worker calls `deliver` with each message of the queue."""

from collections.abc import Callable

from immersio.access import store as access
from immersio.invite import links
from immersio.invite import store as invites
from immersio.notices import letters, of_bookings, of_receivers, of_waiting, sending
from immersio.notices.model import InvitationOwed, Notice
from immersio.tenant import store as tenants
from kernel import clock
from kernel.outbox import Message
from kernel.queue import Undeliverable
from kernel.telemetry import count, logger


def deliver(message: Message) -> None:
    """Raises if it could not be sent."""
    is_sent = SENDERS[Notice(message.kind)](message)
    _note("NoticeSent" if is_sent else "NoticeOutdated", message)


def _send_invitation(message: Message) -> bool:
    owed = InvitationOwed.model_validate(message.payload)
    tenant, invite = tenants.load_tenant(owed.tenant_id), invites.load_invite(owed.tenant_id, owed.email)
    if tenant is None or invite is None or invite.id != owed.invite_id:
        return False
    inviter, membership = access.load_user(invite.invited_by), access.load_membership(tenant.id, invite.invited_by)
    if inviter is None or not invite.holds(clock.now(), membership.role if membership else None):
        return False
    link = links.link_of(invite)
    if link is None:
        raise Undeliverable("the session secret has changed since, so the link cannot be made again; invite them anew")
    sending.send(
        message, letters.invitation(invite, tenant, inviter, link), tenant, to=invite.email, reply_to=inviter.email
    )
    return True


SENDERS: dict[Notice, Callable[[Message], bool]] = {
    **dict.fromkeys(Notice, of_bookings.send),
    Notice.INVITATION: _send_invitation,
    Notice.TOLD_NO_MORE: of_receivers.send,
    Notice.CALLED_OFF: of_waiting.send,
}
"""Each tells whether what it was to tell still held."""


def _note(metric: str, message: Message) -> None:
    count(metric, notice=message.kind, channel="email")
    logger.info(metric, extra={"outbox_id": message.id, "tenant": message.tenant, "notice": message.kind})
