"""The words of e-mails about a booking: what their templates may use."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from immersio.access.model import User
from immersio.booking import links
from immersio.booking.model import Booking, BookingStatus, Payment
from immersio.notices import cancellations, letters, money
from immersio.notices.matter import Matter
from immersio.notices.model import Notice
from immersio.payment.model import RefundStatus
from immersio.workshop import venue
from immersio.workshop.currencies import in_words
from kernel.contacts import Contact
from kernel.letters import Letter, briefly
from kernel.letters import in_words as time_in_words
from kernel.mail import one_line


def to_student(notice: Notice, matter: Matter) -> Letter:
    booking, school, teacher = matter.booking, one_line(matter.tenant.name), one_line(matter.contact.name)
    return letters.write(
        notice,
        matter.tenant,
        **_class(matter, booking.attendee.time_zone),
        **_to_pay(matter),
        manage_url=links.manage_url(booking.uid, matter.tenant),
        story=cancellations.to_student(matter.owed, booking, teacher, school) if booking.cancellation else None,
        money=one_line(money.of_cancelled(booking, school)),
        is_refunded=booking.refund is not None and booking.refund.status is RefundStatus.COMPLETED,
        teacher=teacher,
    )


def to_teacher(notice: Notice, matter: Matter, teacher: User) -> Letter:
    booking = matter.booking
    is_late = booking.cancellation is not None and cancellations.is_late(booking)
    return letters.write(
        notice,
        matter.tenant,
        **_class(matter, teacher.time_zone),
        **_student(booking),
        story=cancellations.to_teacher(booking, one_line(matter.tenant.name)) if booking.cancellation else None,
        late=money.hours(booking.cancellation_notice_seconds) if is_late else "",
    )


def to_owner(notice: Notice, matter: Matter, owner: User) -> Letter:
    booking, dispute, refund = matter.booking, matter.booking.dispute, matter.booking.refund
    reason = dispute.reason if notice is Notice.DISPUTED and dispute else refund.reason if refund else None
    return letters.write(
        notice,
        matter.tenant,
        **_class(matter, owner.time_zone),
        **_student(booking),
        reason=one_line(reason or "").replace("_", " "),
        disputed=in_words(dispute.amount, dispute.currency) if dispute else "",
        payment=booking.payment.payment_intent_id if booking.payment else "",
    )


def _class(matter: Matter, time_zone: str) -> dict[str, Any]:
    """Which class it is, when in the reader's own time, and where."""
    booking, zone = matter.booking, ZoneInfo(time_zone)

    def when(instant: datetime | None) -> str:
        return time_in_words(instant.astimezone(zone)) if instant else ""

    return {
        "title": one_line(booking.title),
        "name": one_line(booking.attendee.name),
        "email": one_line(booking.attendee.email),
        "when": when(booking.starts_at),
        "briefly": briefly(booking.starts_at.astimezone(zone)),
        "previously": when(matter.owed.previously_at),
        "until": when(booking.pay_until),
        "minutes": round((booking.ends_at - booking.starts_at).total_seconds() / 60),
        "spots": venue.spots(matter.workshop),
        "join_link": venue.link(matter.workshop) or "",
        "is_off": booking.status is BookingStatus.CANCELLED,
        "paid": _amount(booking.payment) if booking.paid else "",
    }


def _to_pay(matter: Matter) -> dict[str, Any]:
    """What an offered or held seat costs; empty where it is free."""
    payment, workshop = matter.booking.payment, matter.workshop
    asked = in_words(workshop.price, workshop.currency) if workshop.price else ""
    return {
        "price": _amount(payment) if payment else asked,
        "checkout_url": (payment.checkout_url or "") if payment else "",
    }


def _student(booking: Booking) -> dict[str, Any]:
    return {"mailto": Contact(booking.attendee.name, booking.attendee.email).mailto, "reference": booking.uid}


def _amount(payment: Payment | None) -> str:
    return in_words(payment.amount, payment.currency) if payment else ""
