"""The calendar file that a student saves from their booking's page."""

from immersio.booking import calendar, managing
from immersio.workshop import store as workshops
from immersio.workshop import teaching
from kernel import clock
from kernel.errors import BookingNotFound


def calendar_file(uid: str, token: str) -> bytes:
    booking, tenant = managing.find(uid, token)
    workshop = workshops.load_workshop(booking.tenant_id, booking.workshop_id)
    if workshop is None:
        raise BookingNotFound("The workshop of this booking does not exist any more")
    teacher = teaching.contact(teaching.teacher_of(workshop), tenant)
    return calendar.to_save(booking, workshop, teacher, clock.now())
