"""Whose workshop it is."""

from immersio.access.callers import Member
from immersio.access.model import Role
from immersio.workshop import store
from immersio.workshop.model import Workshop
from kernel.errors import Forbidden, WorkshopNotFound


def own_workshop(caller: Member, workshop_id: int) -> Workshop:
    """A workshop that the caller may run: one they teach, or for owner and administrators any of the school.

    One of another school is not there, as one that never was (INV-23); a colleague's is there, and refused (INV-24).
    """
    workshop = store.load_workshop(caller.tenant_id, workshop_id)
    if workshop is None:
        raise WorkshopNotFound("Your school has no workshop with this id; immersio.workshop.list shows those it has")
    if caller.role is Role.MEMBER and workshop.teacher_id != caller.user_id:
        raise Forbidden("This workshop is a colleague's; its teacher, an owner or an administrator may do this")
    return workshop
