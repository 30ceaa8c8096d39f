"""Telling the owners of a school: each by a message of their own."""

from collections.abc import Iterable
from contextlib import suppress

from immersio.access import store as access
from immersio.access.model import Role, User
from immersio.booking import store as bookings
from immersio.notices import duties
from kernel import outbox
from kernel.outbox import Message


def of_school(tenant_id: int, user_ids: Iterable[int] | None = None) -> list[User]:
    """Those who own it now, of these users or of all."""
    staff = access.load_staff(tenant_id, access.staff_ids(tenant_id) if user_ids is None else user_ids)
    return [person.user for person in staff if person.membership.role is Role.OWNER]


def copy_to_each(message: Message, tenant_id: int) -> None:
    """So that none is told twice because another could not be."""
    for owner in of_school(tenant_id):
        with suppress(bookings.ConditionFailed):  # an earlier attempt made it
            bookings.commit(outbox.put(duties.to_owner(message, owner.id)))
