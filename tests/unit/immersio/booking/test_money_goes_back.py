"""A student cancels a seat that was paid: what goes back, and who is told how it went"""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import stripe
import time_machine

from immersio.access.model import Role
from immersio.booking.model import BookingStatus
from immersio.payment import stripe_api
from kernel import clock
from local.sandboxes.stripe import LANGUAGE_ACADEMY
from tests.support.money import Money
from tests.support.schools import Schools
from tests.support.students import WEEK, cancel, events, occupancy, read
from tests.support.workshops import tomorrow

BACK = {"eligible": True, "withinWindow": True, "status": "completed", "amount": 1500, "currency": "EUR"}
KEPT = {"eligible": False, "withinWindow": False, "status": None, "amount": 0, "currency": "EUR"}


pytestmark = pytest.mark.usefixtures("now")


def told(schools: Schools) -> dict[str, Any]:
    """What Immersio's receiver learned of the cancellation."""
    schools.run_workers()
    (event,) = [one.json["data"] for one in schools.sink.received if one.json["event"] == "BOOKING_CANCELLED"]
    return dict(event)


def test_in_time_the_money_goes_back(schools: Schools, money: Money) -> None:
    """INV-21: and Immersio is told as specified, with what Stripe says."""
    uid, token = money.bought(money.workshop(), at=tomorrow() + WEEK)
    assert read(uid, token).json["refund"] == {**BACK, "status": None}
    assert cancel(uid, token, requireRefund=True).json["refund"] == BACK
    (refund,) = money.refunds()
    assert (refund["amount"], refund["status"]) == (1500, "succeeded")
    assert told(schools)["refund"] == {**BACK, "stripeRefundId": refund["id"]}
    assert [message.sequence for message in schools.messages("BOOKING_CANCELLED")] == [3]


def test_too_late_the_school_keeps_the_money(schools: Schools, money: Money, now: time_machine.Traveller) -> None:
    """INV-21: it is the student's wish all the same; late ones are marked."""
    uid, token = money.bought(money.workshop())
    now.move_to(tomorrow() - timedelta(hours=3))
    assert cancel(uid, token).json["refund"] == KEPT
    booking = money.booking(uid)
    assert booking.cancellation
    assert booking.cancellation.is_late
    assert money.refunds() == []
    assert told(schools)["refund"] == {
        "eligible": False,
        "withinWindow": False,
        "status": None,
        "amount": 0,
        "currency": None,
        "stripeRefundId": None,
    }


def test_who_wants_their_money_or_nothing_keeps_their_seat(
    schools: Schools, money: Money, now: time_machine.Traveller
) -> None:
    """Nothing is changed."""
    made = money.workshop()
    uid, token = money.bought(made)
    start = tomorrow()
    now.move_to(start - timedelta(hours=3))
    before = money.booking(uid)
    answer = cancel(uid, token, requireRefund=True)
    assert (answer.status, answer.json["code"]) == (400, "REFUND_NOT_ELIGIBLE")
    assert money.booking(uid) == before
    assert occupancy(schools, made, start).taken == 1


@pytest.mark.parametrize(("seconds", "eligible"), [(-1, True), (0, True), (1, False)])
def test_the_window_ends_to_the_second_also_over_a_clock_change(
    schools: Schools, money: Money, now: time_machine.Traveller, seconds: int, eligible: bool
) -> None:
    """INV-21: twelve hours are elapsed time; in the night before this class in Berlin, clocks go forward."""
    now.move_to(datetime(2027, 3, 20, 8, tzinfo=UTC), tick=False)
    start = datetime(2027, 3, 28, 9, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    made = money.workshop(startsAt=start, refundWindowHours=12)
    uid, token = money.bought(made, at=start)
    now.move_to(start - timedelta(hours=12) + timedelta(seconds=seconds), tick=False)
    assert clock.now().astimezone(ZoneInfo("Europe/Berlin")).hour in {19, 20}
    assert cancel(uid, token).json["refund"]["eligible"] is eligible
    assert len(money.refunds()) == eligible


def test_a_double_click_gives_the_money_back_once(schools: Schools, money: Money) -> None:
    """INV-11: one refund at Stripe, one event, and the seat is freed once."""
    made = money.workshop(seats=1)
    uid, token = money.bought(made, at=tomorrow() + WEEK)
    first, again = cancel(uid, token), cancel(uid, token, reason="again")
    assert first == again
    money.tell()
    schools.run_workers()
    assert len(money.refunds()) == 1
    assert events(schools).count("BOOKING_CANCELLED") == 1
    assert occupancy(schools, made, tomorrow() + WEEK).cancelled == 1


def test_while_stripe_does_not_answer_the_refund_is_pending(schools: Schools, money: Money) -> None:
    """INV-21: the cancellation holds, nothing is told to Immersio yet, and the worker goes on."""
    uid, token = money.bought(money.workshop(), at=tomorrow() + WEEK)
    money.stripe.fail(path="/v1/refunds", status=500, times=2)
    answer = cancel(uid, token)
    assert (answer.status, answer.json["refund"]["status"]) == (200, "pending")
    assert "BOOKING_CANCELLED" not in events(schools)
    schools.run_workers()
    assert read(uid, token).json["refund"]["status"] == "completed"
    assert told(schools)["refund"]["status"] == "completed"


def test_a_refund_whose_answer_was_lost_is_made_once(schools: Schools, money: Money) -> None:
    """INV-11: Stripe had made it."""
    uid, token = money.bought(money.workshop(), at=tomorrow() + WEEK)
    money.stripe.fail(path="/v1/refunds", status=500, afterEffect=True, times=2)
    assert cancel(uid, token).json["refund"]["status"] == "pending"
    schools.run_workers()
    assert read(uid, token).json["refund"]["status"] == "completed"
    assert [refund["amount"] for refund in money.refunds()] == [1500]


def test_a_refund_that_stripe_refuses_has_failed(schools: Schools, money: Money) -> None:
    """INV-21: the bank has taken the money already."""
    uid, token = money.bought(money.workshop(), at=tomorrow() + WEEK)
    payment = money.booking(uid).payment
    assert payment
    assert payment.payment_intent_id
    money.stripe.dispute(payment.payment_intent_id)
    assert cancel(uid, token).json["refund"] == {**BACK, "status": "failed"}
    refund = money.booking(uid).refund
    assert refund
    assert (refund.stripe_refund_id, refund.reason) == (None, "charge_disputed")
    assert told(schools)["refund"]["status"] == "failed"


def test_a_refund_that_stripe_answers_with_402_has_failed(money: Money, monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-21: the parameters were right but the money was not there; the package calls that an error of a card."""
    uid, token = money.bought(money.workshop())

    def refuse(*_: Any, **__: Any) -> None:
        raise stripe.CardError("Not enough money", None, "insufficient_funds", http_status=402)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(type(stripe_api.client().v1.refunds), "create", refuse)
    assert cancel(uid, token).json["refund"]["status"] == "failed"


def test_what_went_back_is_not_earned(schools: Schools, money: Money) -> None:
    uid, token = money.bought(money.workshop(), at=tomorrow() + WEEK)
    cancel(uid, token)
    money.tell()
    schools.run_workers()
    reply = schools.call("immersio.tenant.getStats", schools.academy.cookie(Role.OWNER), sent={"period": "month"})
    stats = reply.json["result"]["data"]["json"]
    assert (stats["totalBookings"], stats["cancelledBookings"], stats["totalRevenue"]) == (1, 1, 0)


def test_a_refund_that_fails_later_is_earned_again(schools: Schools, money: Money) -> None:
    """INV-21: the money came back to the school."""
    money.stripe.change(LANGUAGE_ACADEMY, refunds="pending")
    uid, token = money.bought(money.workshop(), at=tomorrow() + WEEK)
    cancel(uid, token)
    (refund,) = money.refunds()
    for outcome, revenue in (("succeeded", 0), ("failed", 1500)):
        money.stripe.settle_refund(refund["id"], outcome)
        money.tell()
        schools.run_workers()
        reply = schools.call("immersio.tenant.getStats", schools.academy.cookie(Role.OWNER), sent={"period": "month"})
        assert reply.json["result"]["data"]["json"]["totalRevenue"] == revenue


def test_the_school_that_disconnected_stripe_cannot_give_back(schools: Schools, money: Money) -> None:
    """INV-21: said as it is, and not tried for ever."""
    uid, token = money.bought(money.workshop(), at=tomorrow() + WEEK)
    money.stripe.change(LANGUAGE_ACADEMY, connected=False)
    assert cancel(uid, token).json["refund"]["status"] == "failed"
    assert money.booking(uid).status is BookingStatus.CANCELLED
