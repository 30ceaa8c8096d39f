"""An e-mail of a school on its way."""

from immersio.tenant.model import Tenant
from kernel import mail
from kernel.letters import Letter
from kernel.mail import Invitation, Mail
from kernel.outbox import Message


def send(
    message: Message, letter: Letter, tenant: Tenant, *, to: str, reply_to: str, invitation: Invitation | None = None
) -> None:
    mail.send(
        Mail(
            id=message.id,
            to=to,
            sender_name=tenant.name,
            reply_to=reply_to if mail.can_be_written_to(reply_to) else mail.sender_address(),
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            invitation=invitation,
        )
    )
