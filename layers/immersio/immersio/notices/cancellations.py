"""Why somebody has no seat: the words for each way it can come to that."""

from typing import NamedTuple

from immersio.booking.model import Booking, Cancellation, CancelledBy
from immersio.notices.model import BookingOwed
from kernel.mail import one_line


class Story(NamedTuple):
    heading: str
    what: str
    """A sentence."""
    reason: str
    """In the words of whoever cancelled; empty where it is told already."""

    def on_lines(self) -> "Story":
        """What people typed can be odd, but not pose as a line of ours."""
        return Story(*map(one_line, self))


def to_student(owed: BookingOwed, booking: Booking, teacher: str, school: str) -> Story:
    match _of(booking).by:
        case by if booking.paid and not owed.was_accepted:
            return _paid_in_vain(by)
        case CancelledBy.STUDENT if owed.was_offer:
            return Story("You declined the seat", "You declined the seat that was offered to you in this class.", "")
        case CancelledBy.STUDENT:
            return Story("Your seat is cancelled", "You gave back your seat in this class.", "")
        case CancelledBy.TEACHER | CancelledBy.TENANT as by:
            return _by_staff(owed, booking, teacher if by is CancelledBy.TEACHER else school)
        case _ if not owed.was_accepted:
            return _not_taken(owed)
        case _:
            what = "Your seat in this class has been cancelled."
    return Story("Your seat is cancelled", what, _reason(booking)).on_lines()


def _by_staff(owed: BookingOwed, booking: Booking, who: str) -> Story:
    if owed.was_offer:
        what = f"{who} has withdrawn the seat that was offered to you in this class."
        return Story("The offer of a seat is over", what, _reason(booking)).on_lines()
    return Story("Your seat is cancelled", f"{who} has cancelled your seat in this class.", _reason(booking)).on_lines()


def to_teacher(booking: Booking, school: str) -> Story:
    name = booking.attendee.name
    match _of(booking).by:
        case CancelledBy.STUDENT:
            what = f"{name} gave back their seat in this class."
        case CancelledBy.TEACHER:
            what = f"You cancelled the seat of {name} in this class."
        case CancelledBy.TENANT:
            what = f"{school} has cancelled the seat of {name} in this class."
        case _:
            what = f"The seat of {name} in this class has been cancelled."
    return Story(f"{'Cancelled late' if is_late(booking) else 'Cancelled'}: {name}", what, _reason(booking)).on_lines()


def is_late(booking: Booking) -> bool:
    """Whether a student gave their seat back later than the teacher asked to be told."""
    return _of(booking).by is CancelledBy.STUDENT and _of(booking).is_late


def _paid_in_vain(by: CancelledBy) -> Story:
    heading = "Your payment came too late"
    if by is CancelledBy.SYSTEM:
        what = "Your payment reached us when your seat was no longer held, and we could not give it back to you."
        return Story(heading, what, "")
    return Story(heading, "Your payment reached us when your seat in this class was cancelled already.", "")


def _not_taken(owed: BookingOwed) -> Story:
    if owed.was_offer:
        what = "A seat was offered to you, but you did not take it in time. It is offered to the next who wait."
        return Story("The offer of a seat is over", what, "")
    what = "Your seat in this class was held for you, but not paid in time. It is free for others now."
    return Story("Your seat was not paid in time", what, "")


def _of(booking: Booking) -> Cancellation:
    if booking.cancellation is None:
        raise ValueError(f"{booking.uid} is not cancelled")
    return booking.cancellation


def _reason(booking: Booking) -> str:
    return _of(booking).reason or ""
