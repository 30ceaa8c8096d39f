"""What teachers are told of the seats in their classes, and owners of the money; by the queue's worker."""

from email.message import EmailMessage

import time_machine

from immersio.access.model import Role
from immersio.booking.model import Attendee, CancelledBy
from immersio.notices import duties
from immersio.payment.model import RefundStatus
from kernel import clock, keys, table
from tests.support.booking_letters import (
    DISPUTE,
    a_class,
    a_refund,
    becoming,
    both_forms,
    gone,
    later,
    owe,
    paid,
    says,
    sent,
    to,
)
from tests.support.calendar_files import event_in
from tests.support.schools import Schools
from tests.support.seats import FIRST_CLASS, WEEK, booked

ADA, MEI = "ada@example.com", "mei@language-academy.example"
OLGA, AKIRA = "olga@language-academy.example", "akira@language-academy.example"


def test_the_teacher_reads_who_comes_in_their_own_time(schools: Schools) -> None:
    mail = to(sent(schools, duties.booked(paid(a_class(schools.academy)))), MEI)
    assert mail["Subject"] == "Booked: Ada Byron, Business English, Tue, Dec 1 at 3:00 PM CET"
    assert mail["Reply-To"] == ADA
    assert says(mail, "Ada Byron", ADA, "Tuesday, December 1, 2026 at 3:00 PM CET", "15.00 USD")
    assert not any("token" in form for form in both_forms(mail)), "the link is the student's alone"
    event = event_in(mail)
    assert (event["METHOD"], event["SUMMARY"]) == ("REQUEST", "Business English: Ada Byron")
    assert (event["ORGANIZER"], event["ATTENDEE"]) == ("mailto:tours@booking.example.com", f"mailto:{MEI}")


def test_the_teachers_entry_is_the_students(schools: Schools) -> None:
    """INV-33"""
    mails = sent(schools, duties.booked(booked(a_class(schools.academy))))
    assert event_in(to(mails, MEI))["UID"] == event_in(to(mails, ADA))["UID"]


def test_a_late_cancellation_is_marked(schools: Schools) -> None:
    for is_late in (False, True):
        before = booked(a_class(schools.academy))
        mails = sent(schools, duties.cancelled(before, gone(before, is_late=is_late, reason="a cold")))
        mail = to(mails, MEI)
        assert mail["Subject"].startswith("Cancelled late: Ada Byron" if is_late else "Cancelled: Ada Byron")
        assert says(mail, "Ada Byron gave back their seat", "Reason: a cold")
        assert ["less than 24 hours before" in form for form in both_forms(mail)] == [is_late, is_late]
        assert event_in(mail)["METHOD"] == "CANCEL"


def test_only_students_are_called_late(schools: Schools) -> None:
    before = booked(a_class(schools.academy))
    mail = to(sent(schools, duties.cancelled(before, gone(before, CancelledBy.TEACHER, is_late=True))), MEI)
    assert not any("late" in form for form in both_forms(mail))


def test_who_cancelled_is_told(schools: Schools) -> None:
    told = {
        CancelledBy.TEACHER: "You cancelled the seat of Ada Byron",
        CancelledBy.TENANT: "Language Academy has cancelled the seat of Ada Byron",
        CancelledBy.SYSTEM: "The seat of Ada Byron in this class has been cancelled",
    }
    for by, words in told.items():
        before = booked(a_class(schools.academy))
        assert says(to(sent(schools, duties.cancelled(before, gone(before, by))), MEI), words)


def test_a_move_tells_the_teacher_both_times(schools: Schools) -> None:
    before = booked(a_class(schools.academy))
    after = becoming(before, starts_at=FIRST_CLASS + WEEK, ends_at=before.ends_at + WEEK)
    mail = to(sent(schools, duties.moved(after, before.starts_at)), MEI)
    assert mail["Subject"] == "Moved: Ada Byron, Business English, now Tue, Dec 8 at 3:00 PM CET"
    assert says(mail, "December 8, 2026 at 3:00 PM CET", "December 1, 2026 at 3:00 PM CET")
    event = event_in(mail)
    assert (event["DTSTART"], event["SEQUENCE"]) == ("20261208T140000Z", "2")


def test_a_teacher_who_left_is_told_nothing_and_students_ask_the_school(schools: Schools) -> None:
    booking = booked(a_class(schools.academy))
    mei = schools.academy.users[Role.MEMBER]["id"]
    table.write(table.Delete(key=keys.membership(schools.academy.tenant_id, mei)))
    (mail,) = sent(schools, duties.booked(booking))
    assert (mail["To"], mail["Reply-To"]) == (ADA, "tours@booking.example.com")
    assert "Mei" not in "".join(both_forms(mail))


def test_a_student_whose_mailbox_we_cannot_name_keeps_no_letter_from_the_teacher(schools: Schools) -> None:
    attendee = Attendee(email="用户@example.com", name="用户", time_zone="Asia/Shanghai")
    mails = sent(schools, duties.booked(booked(a_class(schools.academy), attendee=attendee)))
    assert [(mail["To"], mail["Reply-To"]) for mail in mails] == [(MEI, "tours@booking.example.com")]


def test_owners_are_told_of_a_refund_that_failed(schools: Schools) -> None:
    """INV-21: somebody must do something about it."""
    before = paid(a_class(schools.academy))
    with time_machine.travel(clock.now(), tick=False):
        failed = gone(before, eligible=True, refund=a_refund(RefundStatus.FAILED, reason="expired_or_canceled_card"))
        owe(duties.refund_settled(before, failed))
        (mail,) = twice(schools)
    assert mail["To"] == OLGA
    assert mail["Subject"] == "A refund did not work: 15.00 USD to Ada Byron"
    assert says(mail, "Ada Byron is owed 15.00 USD", "expired or canceled card", "Stripe dashboard", "pi_123", ADA)


def test_owners_are_told_of_a_dispute(schools: Schools) -> None:
    before = paid(a_class(schools.academy))
    booking = becoming(before, dispute=DISPUTE)
    owe(duties.disputed(before, booking))
    (mail,) = twice(schools)
    assert (mail["To"], mail["Reply-To"]) == (OLGA, ADA)
    assert mail["Subject"] == "A payment is disputed: 15.00 USD of Ada Byron"
    assert says(mail, "product not received", "before its deadline", "Stripe dashboard", "pi_123")


def test_a_dispute_that_is_over_is_not_told_any_more(schools: Schools) -> None:
    before = paid(a_class(schools.academy))
    booking = becoming(before, dispute=DISPUTE)
    owe(duties.disputed(before, booking))
    becoming(booking, dispute=DISPUTE.model_copy(update={"status": "won"}))
    assert twice(schools) == []


def test_each_owner_is_told_once_though_the_message_to_all_comes_again(schools: Schools) -> None:
    """What made their messages died before it could say that it had."""
    akira = keys.membership(schools.academy.tenant_id, schools.academy.users[Role.ADMIN]["id"])
    table.write(table.Update(key=akira, set={"role": "OWNER"}))
    before = paid(a_class(schools.academy))
    booking = becoming(before, dispute=DISPUTE)
    (to_all,) = duties.disputed(before, booking)
    owe([to_all])
    assert sorted(mail["To"] for mail in twice(schools)) == [AKIRA, OLGA]
    table.write(table.Update(key=to_all.key, set={"status": "pending"}))
    schools._routed.clear()
    assert len(twice(schools)) == 2


def test_who_is_no_owner_any_more_is_not_told(schools: Schools) -> None:
    before = paid(a_class(schools.academy))
    booking = becoming(before, dispute=DISPUTE)
    (to_all,) = duties.disputed(before, booking)
    owe([duties.to_owner(to_all, schools.academy.users[Role.ADMIN]["id"])])
    assert later(schools) == []


def twice(schools: Schools) -> list[EmailMessage]:
    """The message to all owners makes one for each, and those are sent."""
    later(schools)
    return later(schools)
