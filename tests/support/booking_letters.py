"""E-mails about bookings: what is owed is committed as a change would, and sent by the worker of the queue."""

from collections.abc import Iterable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from immersio.booking import store as bookings
from immersio.booking.model import (
    Booking,
    BookingStatus,
    Cancellation,
    CancelledBy,
    Payment,
    PaymentStatus,
    Refund,
)
from immersio.payment.model import Dispute, RefundStatus
from immersio.workshop.model import Workshop
from kernel import clock, outbox, table
from kernel.outbox import Message
from tests.support.notices import delivered, texts
from tests.support.pages import Page
from tests.support.schools import School, Schools
from tests.support.seats import booked, opened

CHECKOUT = "https://checkout.stripe.com/c/pay/cs_test_1"

ADA, MEI = "ada@example.com", "mei@language-academy.example"
WHEN, NEXT = "Tuesday, December 1, 2026 at 9:00 AM EST", "Tuesday, December 8, 2026 at 9:00 AM EST"
ZOOM = "https://zoom.us/j/123456"
DISPUTE = Dispute(
    id="dp_1",
    payment_intent_id="pi_123",
    status="needs_response",
    reason="product_not_received",
    amount=1500,
    currency="usd",
)


def a_class(school: School, **changes: Any) -> Workshop:
    """Of Mei's, on Zoom."""
    return opened(school, **changes)


def a_payment(status: PaymentStatus = PaymentStatus.PAID, **changes: Any) -> Payment:
    usual = {
        "id": 1,
        "amount": 1500,
        "currency": "USD",
        "status": status,
        "account_id": "acct_1",
        "expires_at": clock.now() + timedelta(minutes=45),
        "payment_intent_id": "pi_123",
        "checkout_url": CHECKOUT,
    }
    return Payment.model_validate(usual | changes)


def paid(workshop: Workshop, **changes: Any) -> Booking:
    return booked(workshop, **{"payment": a_payment(), "paid": True, **changes})


def held(workshop: Workshop, **changes: Any) -> Booking:
    """To be paid within a quarter of an hour."""
    usual: dict[str, Any] = {
        "status": BookingStatus.PENDING,
        "payment": a_payment(PaymentStatus.OPEN),
        "hold_until": clock.now() + timedelta(minutes=15),
    }
    return booked(workshop, **usual | changes)


def offered(workshop: Workshop, **changes: Any) -> Booking:
    return held(workshop, **{"payment": None, **changes})


def becoming(before: Booking, **changes: Any) -> Booking:
    """The next version, stored."""
    after = before.becoming(**changes)
    bookings.commit(bookings.changed_booking(before, after))
    return after


def gone(
    before: Booking,
    by: CancelledBy = CancelledBy.STUDENT,
    *,
    reason: str | None = None,
    eligible: bool = False,
    is_late: bool = False,
    **changes: Any,
) -> Booking:
    """Cancelled, and stored."""
    cancellation = Cancellation(
        at=clock.now(), by=by, reason=reason, within_window=eligible, eligible=eligible, is_late=is_late
    )
    return becoming(before, status=BookingStatus.CANCELLED, cancellation=cancellation, hold_until=None, **changes)


def a_refund(status: RefundStatus, **changes: Any) -> Refund:
    return Refund.model_validate({"status": status, "amount": 1500, "currency": "USD", **changes})


def sent(schools: Schools, owed: Iterable[Message]) -> list[EmailMessage]:
    """The e-mails that leave because of this, oldest first."""
    before = len(schools.mail())
    owe(owed)
    return delivered(schools)[before:]


def owe(owed: Iterable[Message]) -> None:
    for message in owed:
        table.write(outbox.put(message))


def later(schools: Schools) -> list[EmailMessage]:
    """All e-mails there are by now, in the order they left."""
    schools.sweep()
    return delivered(schools)


def to(mails: Iterable[EmailMessage], address: str) -> EmailMessage:
    (mail,) = (mail for mail in mails if mail["To"] == address)
    return mail


def both_forms(mail: EmailMessage) -> tuple[str, str]:
    """What is read in the plain and in the HTML form, each as one line."""
    plain, html = texts(mail)
    return " ".join(plain.split()), Page(html).shown


def says(mail: EmailMessage, *facts: str) -> bool:
    """Whether both forms say all of it."""
    missing = [(fact, form) for form in both_forms(mail) for fact in facts if fact not in form]
    assert missing == []
    return True
