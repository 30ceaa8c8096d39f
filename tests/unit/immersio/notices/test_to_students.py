"""What students are told of their seats; the letters leave by the queue's worker."""

from datetime import timedelta

import pytest
import time_machine

from immersio.booking import links
from immersio.booking.model import Attendee, Booking, BookingStatus, PaymentStatus
from immersio.notices import duties
from immersio.payment.model import RefundStatus
from immersio.tenant import store as tenants
from immersio.waitlist.model import Entry
from immersio.workshop.model import Location, Status, Workshop
from kernel import clock
from kernel.outbox import Message
from tests.support import landing
from tests.support.booking_letters import (
    ADA,
    CHECKOUT,
    DISPUTE,
    MEI,
    NEXT,
    WHEN,
    ZOOM,
    a_class,
    a_payment,
    a_refund,
    becoming,
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
from tests.support.seats import FIRST_CLASS, WEEK, booked
from tests.support.students import stored_booking


def manage_url(booking: Booking) -> str:
    tenant = tenants.load_tenant(booking.tenant_id)
    assert tenant
    return links.manage_url(booking.uid, tenant)


def test_who_has_a_seat_reads_when_where_and_with_whom(schools: Schools) -> None:
    """In their own time zone, with a link to change their mind, and a class for their calendar."""
    booking = booked(a_class(schools.academy))
    mail = to(sent(schools, duties.booked(booking)), ADA)
    assert mail["Subject"] == "Your seat is booked: Business English, Tue, Dec 1 at 9:00 AM EST"
    assert str(mail["From"]) == "Language Academy <tours@booking.example.com>"
    assert mail["Reply-To"] == MEI
    assert says(mail, "Hello Ada Byron", "Business English", WHEN, "60 minutes", ZOOM, "Mei Tanaka", "Language Academy")
    plain, html = texts(mail)
    assert manage_url(booking) in plain
    assert {manage_url(booking), ZOOM} <= set(Page(html).links)
    assert "Paid" not in plain + html
    event = event_in(mail)
    assert (event["METHOD"], event["STATUS"], event["SEQUENCE"]) == ("REQUEST", "CONFIRMED", "1")
    assert (event["DTSTART"], event["DTEND"]) == ("20261201T140000Z", "20261201T150000Z")
    assert (event["ORGANIZER"], event["ATTENDEE"]) == (f"mailto:{MEI}", f"mailto:{ADA}")
    assert event["LOCATION"] == event["URL"] == ZOOM


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [(1500, "USD", "15.00 USD"), (150_000, "JPY", "150,000 JPY"), (1500, "KWD", "1.500 KWD"), (1500, "ISK", "15 ISK")],
)
def test_what_was_paid_is_written_as_its_currency_counts(
    schools: Schools, amount: int, currency: str, words: str
) -> None:
    """INV-22"""
    booking = paid(a_class(schools.academy), payment=a_payment(amount=amount, currency=currency))
    mail = to(sent(schools, duties.booked(booking)), ADA)
    assert says(mail, f"your payment of {words} has arrived", f"{words} Cannot come?")


def test_a_class_in_a_room_is_shown_on_a_map(schools: Schools) -> None:
    room = Location(type="in_person", address="Torstraße 1, 10119 Berlin")
    mail = to(sent(schools, duties.booked(booked(a_class(schools.academy, locations=(room,))))), ADA)
    assert says(mail, "In person", "Torstraße 1, 10119 Berlin")
    assert any(link.startswith("https://www.google.com/maps/") for link in Page(texts(mail)[1]).links)
    event = event_in(mail)
    assert event["LOCATION"] == r"Torstraße 1\, 10119 Berlin"
    assert "URL" not in event


def test_a_seat_that_was_cancelled_before_its_letter_left_is_not_confirmed(schools: Schools) -> None:
    booking = booked(a_class(schools.academy))
    owe(duties.booked(booking))
    gone(booking)
    assert delivered(schools) == []
    assert {message.status for message in schools.messages("student")} == {"delivered"}


def test_nobody_is_told_of_a_class_that_is_over(schools: Schools) -> None:
    booking = booked(a_class(schools.academy))
    with time_machine.travel(booking.ends_at, tick=False):
        assert sent(schools, duties.booked(booking)) == []


def test_a_seat_that_is_to_be_paid_leads_to_stripe_and_says_until_when(schools: Schools) -> None:
    booking = held(a_class(schools.academy))
    (mail,) = sent(schools, duties.payment_needed(booking))
    assert mail["Subject"] == "Pay to keep your seat: Business English, Tue, Dec 1 at 9:00 AM EST"
    assert says(mail, "15.00 USD", WHEN, "Friday, November 20, 2026 at 3:15 AM EST", "you are not charged")
    plain, html = texts(mail)
    assert CHECKOUT in plain
    assert {CHECKOUT, manage_url(booking)} <= set(Page(html).links)
    assert event_in(mail) == {}, "a seat that is not theirs yet stands in no calendar"


def test_the_letter_waits_until_stripes_page_is_open(schools: Schools) -> None:
    booking = held(a_class(schools.academy), payment=a_payment(PaymentStatus.OPEN, checkout_url=None))
    assert sent(schools, duties.payment_needed(booking)) == []
    becoming(booking, payment=a_payment(PaymentStatus.OPEN))
    with time_machine.travel(clock.now() + timedelta(seconds=10), tick=False):
        assert len(later(schools)) == 1


@pytest.mark.parametrize("status", [PaymentStatus.PROCESSING, PaymentStatus.PAID])
def test_who_has_paid_is_not_asked_to(schools: Schools, status: PaymentStatus) -> None:
    booking = held(a_class(schools.academy), payment=a_payment(status))
    assert sent(schools, duties.payment_needed(booking)) == []


def test_who_may_not_pay_any_more_is_not_asked_to(schools: Schools) -> None:
    """INV-12: the hold is over, whether or not anybody has noticed."""
    booking = held(a_class(schools.academy))
    owe(duties.payment_needed(booking))
    with time_machine.travel(clock.now() + timedelta(minutes=15), tick=False):
        assert later(schools) == []


@pytest.mark.parametrize(("price", "words"), [(1500, "It costs 15.00 USD"), (0, "It is free of charge")])
def test_a_seat_is_offered_with_its_price_and_until_when(schools: Schools, price: int, words: str) -> None:
    booking = offered(a_class(schools.academy, price=price))
    (mail,) = sent(schools, duties.offered(booking))
    assert mail["Subject"] == "A seat is free for you: Business English, Tue, Dec 1 at 9:00 AM EST"
    assert says(mail, words, "Friday, November 20, 2026 at 3:15 AM EST")
    assert manage_url(booking) in texts(mail)[0]
    assert event_in(mail) == {}


def test_an_offer_that_was_taken_or_is_over_is_not_made(schools: Schools) -> None:
    workshop = a_class(schools.academy)
    taken, over = offered(workshop), offered(workshop)
    owe([*duties.offered(taken), *duties.offered(over)])
    becoming(taken, status=BookingStatus.ACCEPTED, hold_until=None)
    with time_machine.travel(clock.now() + timedelta(minutes=15), tick=False):
        assert later(schools) == []


def waited(workshop: Workshop) -> Message:
    entry = Entry(
        tenant_id=workshop.tenant_id,
        workshop_id=workshop.id,
        starts_at=FIRST_CLASS,
        id=1,
        uid="booking_of_who_waits",
        attendee=Attendee(email=ADA, name="Ada Byron", time_zone="America/New_York"),
    )
    return duties.called_off(entry)


@pytest.mark.parametrize(("status", "are_there"), [(Status.ACTIVE, True), (Status.ARCHIVED, False)])
def test_who_waited_for_a_class_that_is_called_off_is_led_to_the_others(
    schools: Schools, status: Status, are_there: bool
) -> None:
    """If there are any."""
    (mail,) = sent(schools, [waited(a_class(schools.academy, status=status))])
    assert mail["Subject"] == "Called off: Business English, Tue, Dec 1 at 9:00 AM EST"
    assert says(mail, "Hello Ada Byron", "Language Academy has called off this class", WHEN, "You were not charged")
    assert (mail["To"], mail["Reply-To"]) == (ADA, MEI)
    plain, html = texts(mail)
    others = "https://language-academy.booking.immersio.com/mei/business-english"
    assert (others in plain, others in Page(html).links) == (are_there, are_there)
    assert event_in(mail) == {}


def test_who_waited_is_not_told_when_the_class_would_have_begun(schools: Schools) -> None:
    message = waited(a_class(schools.academy))
    with time_machine.travel(FIRST_CLASS, tick=False):
        assert sent(schools, [message]) == []


def test_a_move_tells_both_times_and_moves_the_calendar_entry(schools: Schools) -> None:
    """INV-33: the same UID, a higher SEQUENCE."""
    before = booked(a_class(schools.academy))
    confirmed = to(sent(schools, duties.booked(before)), ADA)
    after = becoming(before, starts_at=FIRST_CLASS + WEEK, ends_at=before.ends_at + WEEK)
    mail = to(sent(schools, duties.moved(after, before.starts_at)), ADA)
    assert mail["Subject"] == "New time for your seat: Business English, Tue, Dec 8 at 9:00 AM EST"
    assert says(mail, NEXT, WHEN, "Instead of", ZOOM)
    first, second = event_in(confirmed), event_in(mail)
    assert second["UID"] == first["UID"] == f"{before.uid}@bookings.immersio"
    assert (int(first["SEQUENCE"]), int(second["SEQUENCE"])) == (1, 2)
    assert (second["METHOD"], second["DTSTART"]) == ("REQUEST", "20261208T140000Z")


def test_of_two_moves_only_the_last_is_told_once_both_are_made(schools: Schools) -> None:
    before = booked(a_class(schools.academy))
    once = becoming(before, starts_at=FIRST_CLASS + WEEK, ends_at=before.ends_at + WEEK)
    twice = becoming(once, starts_at=FIRST_CLASS + 2 * WEEK, ends_at=before.ends_at + 2 * WEEK)
    mails = sent(schools, [*duties.moved(once, before.starts_at), *duties.moved(twice, once.starts_at)])
    assert len(mails) == 2, "one to the student, one to the teacher"
    assert "Dec 15" in to(mails, ADA)["Subject"]


def test_no_secret_lies_in_the_outbox(schools: Schools) -> None:
    """INV-26: neither the token nor Stripe's page."""
    workshop = a_class(schools.academy)
    held_one, taken = held(workshop), paid(workshop)
    failed = gone(taken, eligible=True, refund=a_refund(RefundStatus.FAILED))
    owed = [
        *duties.booked(taken),
        *duties.payment_needed(held_one),
        *duties.offered(offered(workshop)),
        *duties.moved(taken, FIRST_CLASS),
        *duties.cancelled(taken, failed),
        *duties.refund_settled(taken, failed),
        *duties.disputed(taken, becoming(failed, dispute=DISPUTE)),
    ]
    written = "".join(message.model_dump_json() for message in owed)
    assert stored_booking(schools, held_one.uid)
    for secret in ("manage_", "token=", "checkout.stripe.com", ADA):
        assert secret not in written


def test_a_letter_leaves_once_however_often_the_queue_brings_it(schools: Schools) -> None:
    booking = booked(a_class(schools.academy))
    assert len(sent(schools, duties.booked(booking))) == 2
    schools._routed.clear()
    assert len(delivered(schools)) == 2


@pytest.mark.parametrize(("colour", "words"), [("#FFE14D", "#000000"), ("#5B1A8B", "#FFFFFF")])
def test_a_letter_wears_the_colour_of_the_schools_page_and_stays_readable(
    schools: Schools, colour: str, words: str
) -> None:
    landing.update(schools, primaryColor=colour)
    _, html = texts(to(sent(schools, duties.booked(booked(a_class(schools.academy)))), ADA))
    assert f"background-color:{colour};color:{words};" in html
