"""immersio.booking.cancelOccurrence: a class does not take place."""

from immersio.access.callers import Member
from immersio.booking import staff
from immersio.booking.schemas import CalledOff, CancelOccurrenceInput
from kernel.errors import Conflict, TenantNotFound, WorkshopNotFound
from kernel.trpc import mutation


@mutation("immersio.booking.cancelOccurrence", caller=Member, errors=(Conflict, TenantNotFound, WorkshopNotFound))
def handler(input: CancelOccurrenceInput, caller: Member) -> CalledOff:
    return staff.call_off(caller, input)
