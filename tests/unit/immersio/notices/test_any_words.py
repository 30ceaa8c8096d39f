"""Whatever people are called and whatever has become of their money: nothing runs, and nothing is said too early."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from immersio.access.model import User
from immersio.booking.model import (
    Attendee,
    Booking,
    BookingStatus,
    Cancellation,
    CancelledBy,
    Payment,
    PaymentStatus,
    Refund,
)
from immersio.notices import booking_letters, letters, money
from immersio.notices.matter import Matter
from immersio.notices.model import BookingOwed, Notice, Reader, ReceiverOwed, WaitingOwed
from immersio.payment.model import Dispute, RefundStatus
from immersio.tenant.model import Tenant
from immersio.workshop.model import Location
from kernel.letters import Letter
from tests.support.pages import Page
from tests.support.seats import FIRST_CLASS, a_workshop

ANY_TEXT = st.text(st.characters(codec="utf-8"))
HOSTILE = "Bo \"x'<script>alert(1)</script>\r\n\r\nYour account is locked\u2028Pay here: \u202emoc.live 日本語 👩‍🎓"
NOTICES = [notice for notice in Notice if notice is not Notice.INVITATION]
MADE = FIRST_CLASS - timedelta(days=7)


def a_booking(word: str = "Ada", **changes: Any) -> Booking:
    usual = {
        "tenant_id": 1,
        "id": 2,
        "uid": "booking_1_0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "workshop_id": 3,
        "event_type_id": 4,
        "title": word,
        "starts_at": FIRST_CLASS,
        "ends_at": FIRST_CLASS + timedelta(hours=1),
        "status": BookingStatus.CANCELLED,
        "attendee": Attendee(email="ada@example.com", name=word, time_zone="UTC"),
        "hold_until": MADE + timedelta(minutes=15),
        "payment": a_payment(PaymentStatus.PAID),
        "paid": True,
        "refund": Refund(status=RefundStatus.FAILED, amount=1500, currency="USD", reason="lost_card"),
        "cancellation": cancelled(reason=word),
        "dispute": Dispute(
            id="dp_1", payment_intent_id="pi_1", status="needs_response", reason="fraudulent", amount=1, currency="usd"
        ),
        "refund_window_seconds": 12 * 3600,
        "cancellation_notice_seconds": 24 * 3600,
        "created_at": MADE,
    }
    return Booking.model_validate(usual | changes)


def a_payment(status: PaymentStatus) -> Payment:
    return Payment(
        id=1,
        amount=1500,
        currency="USD",
        status=status,
        account_id="acct_1",
        expires_at=MADE,
        payment_intent_id="pi_1",
        checkout_url="https://checkout.stripe.com/c/pay/cs_1",
    )


def cancelled(by: CancelledBy = CancelledBy.TEACHER, *, reason: str = "", eligible: bool = True) -> Cancellation:
    return Cancellation(at=MADE, by=by, reason=reason, within_window=eligible, eligible=eligible, is_late=True)


def letter(notice: Notice, word: str) -> Letter:
    tenant = Tenant(id=1, name=f"School {word}", slug="s", plan_type="pro", time_zone="UTC", created_at=MADE)
    who = User(
        id=5, tenant_id=1, email="m@s.example", name=f"Mei {word}", username="m", time_zone="UTC", created_at=MADE
    )
    owed = BookingOwed(tenant_id=1, uid="x", starts_at=FIRST_CLASS, previously_at=MADE, paid=True, was_accepted=True)
    rooms = (Location(type="in_person", address=f"Room {word}"), Location(type="zoom", link="https://zoom.us/j/1"))
    matter = Matter(owed, a_booking(f"Ada {word}"), a_workshop(1, 5, locations=rooms), tenant, who)
    if notice is Notice.TOLD_NO_MORE:
        return letters.told_no_more(ReceiverOwed(tenant_id=1, disabled_at=MADE, failing_since=MADE), tenant, who)
    if notice is Notice.CALLED_OFF:
        student = Attendee(email="ada@example.com", name=f"Ada {word}", time_zone="UTC")
        waited = WaitingOwed(tenant_id=1, workshop_id=3, starts_at=FIRST_CLASS, attendee=student)
        return letters.called_off(waited, a_workshop(1, 5, title=f"English {word}"), who, tenant)
    match notice.reader:
        case Reader.STUDENT:
            return booking_letters.to_student(notice, matter)
        case Reader.TEACHER:
            return booking_letters.to_teacher(notice, matter, who)
        case Reader.OWNER:
            return booking_letters.to_owner(notice, matter, who)


@pytest.mark.parametrize("notice", NOTICES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(word=ANY_TEXT)
@example(word=HOSTILE)
def test_any_name_is_shown_and_never_run(aws: None, notice: Notice, word: str) -> None:
    plain, odd = letter(notice, "x"), letter(notice, word)
    assert "\n" not in odd.subject
    assert Page(odd.html).tags == Page(plain.html).tags
    assert odd.text.count("\n") == plain.text.count("\n"), "nobody's name poses as a line of ours"
    assert "\u202e" not in odd.text + odd.html + odd.subject


REFUNDS = [None, *RefundStatus]


@pytest.mark.parametrize(
    ("refund", "payment", "by", "eligible", "paid"),
    list(itertools.product(REFUNDS, PaymentStatus, CancelledBy, (True, False), (True, False))),
)
def test_money_is_called_returned_only_when_it_is(
    refund: RefundStatus | None, payment: PaymentStatus, by: CancelledBy, eligible: bool, paid: bool
) -> None:
    """INV-21: pending, completed and failed are told apart; who never paid was not charged."""
    booking = a_booking(
        paid=paid,
        payment=a_payment(payment),
        refund=Refund(status=refund, amount=1500, currency="USD") if refund else None,
        cancellation=cancelled(by, eligible=eligible),
    )
    told = money.of_cancelled(booking, "Language Academy")
    assert ("We have returned" in told) is (paid and refund is RefundStatus.COMPLETED)
    assert ("It is not done yet" in told) is (paid and refund is RefundStatus.PENDING)
    assert ("it did not work" in told) is (paid and refund is RefundStatus.FAILED)
    assert ("You were not charged" in told) is (not paid and payment is not PaymentStatus.PROCESSING)
    assert ("15.00 USD" in told) is paid, "INV-22"
    keeps = paid and refund is None and by is CancelledBy.STUDENT and not eligible
    assert ("is not returned" in told) is (keeps and payment not in money.AT_THE_BANK)


def test_a_part_that_went_back_is_not_called_all_of_it() -> None:
    """INV-21: as the school may refund a part by hand, at Stripe."""
    refund = Refund(status=RefundStatus.COMPLETED, amount=500, currency="USD")
    assert "We have returned 5.00 USD of the 15.00 USD you paid" in money.of_cancelled(a_booking(refund=refund), "S")


def test_the_terms_are_those_that_were_booked_with() -> None:
    """INV-21"""
    late = a_booking(refund=None, cancellation=cancelled(CancelledBy.STUDENT, eligible=False))
    assert "You gave your seat back less than 12 hours before its start" in money.of_cancelled(late, "S")
    moved = late.becoming(is_forfeited=True)
    assert "You moved your seat less than 12 hours before its start" in money.of_cancelled(moved, "S")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 minutes"), (60, "1 minute"), (1800, "30 minutes"), (3600, "1 hour"), (5400, "1.5 hours")],
)
def test_hours_are_written_as_people_do(seconds: int, words: str) -> None:
    assert money.hours(seconds) == words
