"""What students are told when they have no seat any more, and of their money; by the queue's worker."""

from datetime import timedelta

import pytest
import time_machine

from immersio.booking.model import BookingStatus, CancelledBy
from immersio.notices import duties
from immersio.payment.model import RefundStatus
from kernel import clock
from tests.support.booking_letters import (
    ADA,
    DISPUTE,
    MEI,
    WHEN,
    a_class,
    a_payment,
    a_refund,
    becoming,
    both_forms,
    gone,
    held,
    later,
    offered,
    owe,
    paid,
    says,
    sent,
    to,
)
from tests.support.calendar_files import event_in
from tests.support.notices import delivered, texts
from tests.support.pages import Page
from tests.support.schools import Schools
from tests.support.seats import booked


@pytest.mark.parametrize(
    ("by", "words"),
    [
        (CancelledBy.STUDENT, "You gave back your seat"),
        (CancelledBy.TEACHER, "Mei Tanaka has cancelled your seat"),
        (CancelledBy.TENANT, "Language Academy has cancelled your seat"),
        (CancelledBy.SYSTEM, "Your seat in this class has been cancelled"),
    ],
)
def test_a_cancellation_says_by_whom_and_takes_the_class_out_of_the_calendar(
    schools: Schools, by: CancelledBy, words: str
) -> None:
    """INV-33: METHOD:CANCEL, the same UID, a higher SEQUENCE."""
    before = booked(a_class(schools.academy))
    after = gone(before, by, reason="Mei is ill")
    mail = to(sent(schools, duties.cancelled(before, after)), ADA)
    assert mail["Subject"] == "Your seat is cancelled: Business English, Tue, Dec 1 at 9:00 AM EST"
    assert says(mail, words, WHEN)
    assert ("Reason: Mei is ill" in both_forms(mail)[0]) is (by is not CancelledBy.STUDENT)
    assert not any("money" in form or "charged" in form for form in both_forms(mail)), "it was free"
    event = event_in(mail)
    assert (event["METHOD"], event["STATUS"]) == ("CANCEL", "CANCELLED")
    assert (event["UID"], event["SEQUENCE"]) == (f"{before.uid}@bookings.immersio", "2")


def test_a_cancellation_waits_a_moment_for_stripe_and_then_tells_how_it_is(schools: Schools) -> None:
    """INV-21: one letter where the refund was quick; it says what is true when it is written."""
    before = paid(a_class(schools.academy))
    asked = gone(before, eligible=True, refund=a_refund(RefundStatus.PENDING))
    assert [mail["To"] for mail in sent(schools, duties.cancelled(before, asked))] == [MEI]
    with time_machine.travel(clock.now() + timedelta(seconds=5), tick=False):
        done = becoming(asked, refund=a_refund(RefundStatus.COMPLETED))
        assert sent(schools, duties.refund_settled(asked, done)) == []
    with time_machine.travel(clock.now() + timedelta(seconds=16), tick=False):
        mail = to(later(schools), ADA)
    assert says(mail, "We have returned 15.00 USD to the card or account you paid with.")
    assert event_in(mail)["METHOD"] == "CANCEL"


def test_a_refund_that_takes_long_is_told_when_it_is_done(schools: Schools) -> None:
    """INV-21: pending is not done."""
    before = paid(a_class(schools.academy))
    asked = gone(before, eligible=True, refund=a_refund(RefundStatus.PENDING))
    owe(duties.cancelled(before, asked))
    with time_machine.travel(clock.now() + timedelta(seconds=16), tick=False):
        mail = to(later(schools), ADA)
        assert says(mail, "We are returning 15.00 USD to you. It is not done yet")
        assert "have returned" not in texts(mail)[0]
        done = becoming(asked, refund=a_refund(RefundStatus.COMPLETED))
        (settled,) = sent(schools, duties.refund_settled(asked, done))
    assert settled["Subject"] == "Your money has been returned: Business English, Tue, Dec 1 at 9:00 AM EST"
    assert says(settled, "We have returned 15.00 USD")
    assert event_in(settled) == {}


def test_a_refund_that_fails_is_called_so(schools: Schools) -> None:
    """INV-21: the student knows that they do not have it, and whom to ask."""
    before = paid(a_class(schools.academy))
    asked = gone(before, eligible=True, refund=a_refund(RefundStatus.PENDING))
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        failed = becoming(asked, refund=a_refund(RefundStatus.FAILED, amount=0))
        mail = to(sent(schools, duties.refund_settled(asked, failed)), ADA)
    assert mail["Subject"] == "Your refund did not work: Business English, Tue, Dec 1 at 9:00 AM EST"
    assert says(mail, "We tried to return 15.00 USD to you, but it did not work", "you do not have your money back yet")
    assert mail["Reply-To"] == MEI


def test_a_refund_that_fails_after_a_part_went_back_by_hand_is_called_so(schools: Schools) -> None:
    """INV-21: its subject said that the money was returned, and its text that it was not."""
    before = paid(a_class(schools.academy))
    asked = gone(before, eligible=True, refund=a_refund(RefundStatus.PENDING, returned=500))
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        failed = becoming(asked, refund=a_refund(RefundStatus.FAILED, returned=500))
        mail = to(sent(schools, duties.refund_settled(asked, failed)), ADA)
    assert mail["Subject"] == "Your refund did not work: Business English, Tue, Dec 1 at 9:00 AM EST"
    assert says(mail, "We tried to return the rest of the 15.00 USD you paid, 10.00 USD, to you, but it did not work")


def test_a_refund_that_failed_after_all_is_not_called_done(schools: Schools) -> None:
    """INV-21: Stripe may take back its word before the letter leaves."""
    before = paid(a_class(schools.academy))
    with time_machine.travel(clock.now() - timedelta(hours=1), tick=False):
        asked = gone(before, eligible=True, refund=a_refund(RefundStatus.PENDING))
    done = becoming(asked, refund=a_refund(RefundStatus.COMPLETED))
    owe(duties.refund_settled(asked, done))
    failed = becoming(done, refund=a_refund(RefundStatus.FAILED))
    mails = sent(schools, duties.refund_settled(done, failed))
    assert to(mails, ADA)["Subject"].startswith("Your refund did not work")


def test_a_hold_that_ran_out_was_never_charged(schools: Schools) -> None:
    before = held(a_class(schools.academy))
    (mail,) = sent(schools, duties.cancelled(before, gone(before, CancelledBy.SYSTEM, reason="It was not paid")))
    assert mail["To"] == ADA, "the teacher never knew of it"
    assert mail["Subject"].startswith("Your seat was not paid in time: ")
    assert says(mail, "not paid in time", "You were not charged.")
    assert event_in(mail) == {}


def test_a_payment_that_came_too_late_goes_back(schools: Schools) -> None:
    """INV-13: and the letter that nothing was charged, if it has not left yet, does not leave."""
    before = held(a_class(schools.academy))
    expired = gone(before, CancelledBy.SYSTEM)
    owe(duties.cancelled(before, expired))
    refund = a_refund(RefundStatus.PENDING)
    late = becoming(expired, paid=True, payment=a_payment(), refund=refund)
    owe(duties.cancelled(expired, late))
    with time_machine.travel(clock.now() + timedelta(seconds=16), tick=False):
        (mail,) = later(schools)
    assert mail["Subject"].startswith("Your payment came too late: ")
    assert says(mail, "when your seat was no longer held", "We are returning 15.00 USD to you.")
    assert "not charged" not in texts(mail)[0]
    assert event_in(mail) == {}


def test_a_payment_that_came_after_they_had_cancelled_goes_back(schools: Schools) -> None:
    """INV-14"""
    before = held(a_class(schools.academy))
    ended = gone(before, CancelledBy.STUDENT)
    late = becoming(ended, paid=True, payment=a_payment(), refund=a_refund(RefundStatus.COMPLETED))
    (mail,) = sent(schools, duties.cancelled(ended, late))
    assert mail["Subject"].startswith("Your payment came too late: ")
    assert says(mail, "when your seat in this class was cancelled already", "We have returned 15.00 USD")


def test_what_stripe_repeats_is_not_told_again(schools: Schools) -> None:
    """INV-15"""
    booking = paid(a_class(schools.academy), refund=a_refund(RefundStatus.COMPLETED))
    again = becoming(booking, refund=a_refund(RefundStatus.COMPLETED, stripe_refund_id="re_1"), dispute=DISPUTE)
    assert list(duties.refund_settled(booking, again)) == []
    assert list(duties.disputed(again, becoming(again, dispute=DISPUTE))) == []


def test_money_that_went_back_by_hand_leaves_the_seat_as_it_is(schools: Schools) -> None:
    """The school refunded it at Stripe, and nobody cancelled."""
    before = paid(a_class(schools.academy))
    after = becoming(before, refund=a_refund(RefundStatus.COMPLETED, amount=500))
    (mail,) = sent(schools, duties.refund_settled(before, after))
    assert says(mail, "We have returned 5.00 USD of the 15.00 USD you paid")
    assert "s" not in Page(texts(mail)[1]).tags, "no time is struck out"


def test_a_seat_that_was_given_back_to_who_paid_late_is_confirmed_only(schools: Schools) -> None:
    """INV-13"""
    before = held(a_class(schools.academy))
    expired = gone(before, CancelledBy.SYSTEM)
    owe(duties.cancelled(before, expired))
    reinstated = becoming(expired, status=BookingStatus.ACCEPTED, cancellation=None, paid=True, payment=a_payment())
    mails = sent(schools, duties.booked(reinstated))
    assert to(mails, ADA)["Subject"].startswith("Your seat is booked")
    assert event_in(to(mails, ADA))["SEQUENCE"] == "3"


def test_a_cancellation_that_does_not_hold_any_more_is_not_told(schools: Schools) -> None:
    before = booked(a_class(schools.academy))
    after = gone(before)
    owe(duties.cancelled(before, after))
    becoming(after, status=BookingStatus.ACCEPTED, cancellation=None)
    assert delivered(schools) == []
    assert {message.status for message in schools.messages("student")} == {"delivered"}


@pytest.mark.parametrize(
    ("by", "heading"),
    [
        (CancelledBy.SYSTEM, "The offer of a seat is over"),
        (CancelledBy.TEACHER, "The offer of a seat is over"),
        (CancelledBy.TENANT, "The offer of a seat is over"),
        (CancelledBy.STUDENT, "You declined the seat"),
    ],
)
def test_an_offer_that_was_not_taken_is_called_so(schools: Schools, by: CancelledBy, heading: str) -> None:
    before = offered(a_class(schools.academy))
    (mail,) = sent(schools, duties.cancelled(before, gone(before, by)))
    assert mail["Subject"].startswith(f"{heading}: ")
    assert event_in(mail) == {}
