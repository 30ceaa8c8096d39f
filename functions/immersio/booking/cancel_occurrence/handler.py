"""immersio.booking.cancelOccurrence: a class does not take place."""

from immersio.access.callers import Member
from immersio.booking import staff
from immersio.booking.schemas import CalledOff, CancelOccurrenceInput
from kernel.trpc import mutation


@mutation("immersio.booking.cancelOccurrence", caller=Member)
def handler(input: CancelOccurrenceInput, caller: Member) -> CalledOff:
    return staff.call_off(caller, input)
