"""Telling those who wait for a class that it is called off."""

from immersio.notices import letters, sending
from immersio.notices.model import WaitingOwed
from immersio.tenant import store as tenants
from immersio.workshop import store as workshops
from immersio.workshop import teaching
from kernel import clock
from kernel.outbox import Message


def send(message: Message) -> bool:
    """Whether it was still ahead."""
    owed = WaitingOwed.model_validate(message.payload)
    tenant = tenants.load_tenant(owed.tenant_id)
    workshop = workshops.load_workshop(owed.tenant_id, owed.workshop_id)
    if tenant is None or workshop is None or owed.starts_at <= clock.now():
        return False
    teacher = teaching.teacher_of(workshop)
    letter = letters.called_off(owed, workshop, teacher, tenant)
    reply_to = teaching.contact(teacher, tenant).email
    sending.send(message, letter, tenant, to=owed.attendee.email, reply_to=reply_to)
    return True
