"""Who teaches a workshop at this moment, and how to write to them."""

from immersio.access import store as access
from immersio.access.model import User
from immersio.tenant.model import Tenant
from immersio.workshop.model import Workshop
from kernel import mail
from kernel.contacts import Contact


def teacher_of(workshop: Workshop) -> User | None:
    """None if they left the school."""
    staff = access.load_staff(workshop.tenant_id, [workshop.teacher_id])
    return staff[0].user if staff else None


def contact(teacher: User | None, tenant: Tenant) -> Contact:
    """Where there is no teacher any more, the school."""
    return Contact(teacher.name, teacher.email) if teacher else school(tenant)


def school(tenant: Tenant) -> Contact:
    """A school has no address of its own: what it sends comes from ours."""
    return Contact(tenant.name, mail.sender_address())
