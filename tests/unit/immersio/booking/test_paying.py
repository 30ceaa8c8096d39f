"""A student books a seat that costs something: held, paid at Stripe, or given up"""

from datetime import timedelta

import pytest
import time_machine

from immersio.booking.model import BookingStatus
from immersio.seat.model import Hold
from kernel import clock
from local.sandboxes.stripe import LANGUAGE_ACADEMY
from tests.support.bookings import count_towards_the_plan, counted_this_month
from tests.support.money import Money
from tests.support.schools import Schools
from tests.support.students import Died, book, cancel, dying, events, occupancy, read, stored_booking
from tests.support.workshops import create, tomorrow

HOLD = timedelta(minutes=45)
A_MOMENT = timedelta(seconds=2)


pytestmark = pytest.mark.usefixtures("now")


def test_a_seat_is_held_until_it_is_paid(schools: Schools, money: Money) -> None:
    made = money.workshop()
    reply = book(made)
    booking = stored_booking(schools, reply.json["booking"]["uid"])
    assert booking
    assert booking.hold_until
    (session,) = money.sessions()
    assert (reply.status, reply.json["booking"]["status"], reply.json["booking"]["paid"]) == (201, "pending", False)
    assert reply.json["payment"] == {
        "checkoutUrl": session["url"],
        "expiresAt": clock.iso(booking.hold_until - timedelta(minutes=2)),
        "amount": 1500,
        "currency": "EUR",
    }
    assert booking.hold_until - booking.created_at == HOLD
    assert session["expires_at"] == clock.epoch(booking.hold_until - timedelta(minutes=2)), "news may be on its way"
    (claim,) = occupancy(schools, made).claims.values()
    assert (claim.hold, claim.until) == (Hold.HELD, booking.hold_until)
    assert events(schools) == []


def test_stripe_is_asked_for_what_the_seat_costs(schools: Schools, money: Money) -> None:
    """INV-22: on the school's account, in the currency's own minor units."""
    for price, currency in ((1500, "JPY"), (12_340, "KWD"), (1500, "EUR")):
        uid, _ = money.booked(money.workshop(price=price, currency=currency, title=f"In {currency}"))
        session = next(one for one in money.sessions() if one["client_reference_id"] == uid)
        assert (session["amount_total"], session["currency"]) == (price, currency.lower())
        assert session["account"] == LANGUAGE_ACADEMY


def test_who_repeats_with_their_key_gets_the_same_page(schools: Schools, money: Money) -> None:
    """INV-10"""
    made = money.workshop()
    first = book(made, key="abc")
    assert book(made, key="abc") == first
    assert len(money.sessions()) == 1


def test_a_school_without_stripe_takes_no_seat(schools: Schools) -> None:
    """INV-19: the refusal comes first, and nothing is written."""
    made = create(schools, price=1500)
    answer = book(made)
    assert (answer.status, answer.json["code"]) == (400, "STRIPE_NOT_CONFIGURED")
    assert occupancy(schools, made).claims == {}
    assert counted_this_month(schools) == 0


def test_where_stripe_does_not_answer_nobody_else_is_kept_out(schools: Schools, money: Money) -> None:
    """Without a key they could not come back to that booking, and their own address would bar them."""
    made = money.workshop(seats=1)
    money.stripe.fail(path="/v1/checkout/sessions", status=500, times=2)
    assert book(made).json["code"] == "STRIPE_UNAVAILABLE"
    assert occupancy(schools, made).taken == 0
    assert counted_this_month(schools) == 0
    assert book(made).status == 201


def test_a_process_that_dies_before_it_knows_the_page_is_gone_on_with(schools: Schools, money: Money) -> None:
    """INV-27: who asks again with their key gets the page that was opened."""
    made = money.workshop(seats=1)
    with pytest.raises(Died), dying("before-call.dynamodb.TransactWriteItems", 2):
        book(made, key="abc")
    (session,) = money.sessions()
    again = book(made, key="abc")
    assert again.status in {201, 409}, "the first request may count as running for a while"
    with time_machine.travel(clock.now() + timedelta(minutes=2)):
        again = book(made, key="abc")
    assert (again.status, again.json["payment"]["checkoutUrl"]) == (201, session["url"])


def test_a_hold_that_is_over_gives_back_what_the_plan_counted(
    schools: Schools, money: Money, now: time_machine.Traveller
) -> None:
    """INV-07, INV-12: nobody uses up a school's plan by booking and not paying."""
    count_towards_the_plan(schools, "lite", 9)
    made = money.workshop()
    money.booked(made)
    assert book(made, "bo@example.com").json["code"] == "FORBIDDEN"
    now.shift(HOLD + A_MOMENT)
    schools.sweep()
    schools.run_workers("immersio-seats")
    assert book(made, "bo@example.com").status == 201


def test_a_hold_that_is_over_closes_its_page(schools: Schools, money: Money, now: time_machine.Traveller) -> None:
    """INV-18: a class that starts in 20 minutes is held until then, and Stripe's page would stay open for longer."""
    made = money.workshop()
    start = tomorrow()
    now.move_to(start - timedelta(minutes=20))
    uid, _ = money.booked(made, at=start)
    booking = money.booking(uid)
    assert booking.hold_until == booking.starts_at
    now.shift(timedelta(minutes=20) + A_MOMENT)
    assert [session["status"] for session in money.sessions()] == ["open"]
    schools.sweep()
    schools.run_workers("immersio-seats", "immersio-payments")
    assert money.booking(uid).status is BookingStatus.CANCELLED
    assert [session["status"] for session in money.sessions()] == ["expired"]


def test_who_gives_a_held_seat_back_cannot_pay_it_any_more(schools: Schools, money: Money) -> None:
    """INV-18: and the plan does not count it."""
    made = money.workshop(seats=1)
    uid, token = money.booked(made)
    assert cancel(uid, token).json["booking"]["status"] == "cancelled"
    assert [session["status"] for session in money.sessions()] == ["expired"]
    assert (occupancy(schools, made).taken, counted_this_month(schools), events(schools)) == (0, 0, [])
    assert read(uid, token).json["payment"] is None
    assert money.refunds() == []
