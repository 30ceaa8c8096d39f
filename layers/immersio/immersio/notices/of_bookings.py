"""Telling students, teachers and owners of a booking: what is owed, if it still holds, with a file for calendars."""

from immersio.booking import calendar
from immersio.notices import booking_letters, matter, owners, sending
from immersio.notices.matter import Matter
from immersio.notices.model import BookingOwed, Notice, Reader
from kernel import clock
from kernel.calendar_files import Method
from kernel.contacts import Contact
from kernel.errors import TemporarilyUnavailable
from kernel.mail import Invitation
from kernel.outbox import Message

IN_CALENDARS = {
    Notice.BOOKED: Method.REQUEST,
    Notice.MOVED: Method.REQUEST,
    Notice.CANCELLED: Method.CANCEL,
    Notice.TEACHER_BOOKED: Method.REQUEST,
    Notice.TEACHER_MOVED: Method.REQUEST,
    Notice.TEACHER_CANCELLED: Method.CANCEL,
}


def send(message: Message) -> bool:
    """Whether it still held."""
    notice, about = Notice(message.kind), matter.load(BookingOwed.model_validate(message.payload))
    if about is None or not matter.holds(notice, about, clock.now()):
        return False
    match notice.reader:
        case Reader.STUDENT:
            return _to_student(message, notice, about)
        case Reader.TEACHER:
            return _to_teacher(message, notice, about)
        case Reader.OWNER if about.owed.owner_id is None:
            owners.copy_to_each(message, about.tenant.id)
            return True
        case Reader.OWNER:
            return _to_owner(message, notice, about, about.owed.owner_id)


def _to_student(message: Message, notice: Notice, about: Matter) -> bool:
    booking = about.booking
    if notice is Notice.PAYMENT_NEEDED and (booking.payment is None or booking.payment.checkout_url is None):
        raise TemporarilyUnavailable("Stripe's page for this booking is not open yet")
    letter, method = booking_letters.to_student(notice, about), _method(notice, about)
    invitation = calendar.for_student(method, booking, about.workshop, about.contact) if method else None
    to, reply_to = booking.attendee.email, about.contact.email
    sending.send(message, letter, about.tenant, to=to, reply_to=reply_to, invitation=invitation)
    return True


def _to_teacher(message: Message, notice: Notice, about: Matter) -> bool:
    teacher = about.teacher
    if teacher is None:
        return False
    letter = booking_letters.to_teacher(notice, about, teacher)
    to, reply_to = teacher.email, about.booking.attendee.email
    invitation = _for_teacher(_method(notice, about), about)
    sending.send(message, letter, about.tenant, to=to, reply_to=reply_to, invitation=invitation)
    return True


def _to_owner(message: Message, notice: Notice, about: Matter, owner_id: int) -> bool:
    owner = next(iter(owners.of_school(about.tenant.id, [owner_id])), None)
    if owner is None:
        return False
    letter = booking_letters.to_owner(notice, about, owner)
    sending.send(message, letter, about.tenant, to=owner.email, reply_to=about.booking.attendee.email)
    return True


def _method(notice: Notice, about: Matter) -> Method | None:
    """A seat that never was theirs stands in no calendar."""
    method = IN_CALENDARS.get(notice)
    return method if method is not Method.CANCEL or about.owed.was_accepted else None


def _for_teacher(method: Method | None, about: Matter) -> Invitation | None:
    if method is None or about.teacher is None:
        return None
    teacher = Contact(about.teacher.name, about.teacher.email)
    return calendar.for_teacher(method, about.booking, about.workshop, teacher, about.school)
