"""Queue immersio-payments"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from immersio.booking.model import BookingStatus
from tests.support.money import PAID, Money
from tests.support.schools import Schools
from tests.support.students import COMMIT, WEEK, Died, cancel, dying, events, occupancy, read
from tests.support.workshops import tomorrow

QUEUE = "immersio-payments"


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    """No midnight comes in the middle of a test."""
    with time_machine.travel("2026-12-01T08:00:00Z", tick=True) as traveller:
        yield traveller


def test_who_died_before_they_asked_for_the_refund_is_stood_in_for(schools: Schools, money: Money) -> None:
    """INV-27: the commit of the cancellation is enough."""
    uid, token = money.bought(money.workshop(), at=tomorrow() + WEEK)
    with pytest.raises(Died), dying(f"after-call.dynamodb.{COMMIT}"):
        cancel(uid, token)
    assert money.refunds() == []
    schools.run_workers()
    assert read(uid, token).json["refund"]["status"] == "completed"
    assert events(schools).count("BOOKING_CANCELLED") == 1


def test_who_died_before_they_wrote_down_the_refund_is_stood_in_for(schools: Schools, money: Money) -> None:
    """INV-11: Stripe has made it, and makes no other."""
    uid, token = money.bought(money.workshop(), at=tomorrow() + WEEK)
    with pytest.raises(Died), dying(f"before-call.dynamodb.{COMMIT}", 1):
        cancel(uid, token)
    assert len(money.refunds()) == 1
    schools.run_workers()
    assert read(uid, token).json["refund"]["status"] == "completed"
    assert len(money.refunds()) == 1
    assert events(schools).count("BOOKING_CANCELLED") == 1


def test_a_refund_that_stripe_tells_of_first_is_the_same(schools: Schools, money: Money) -> None:
    """INV-11, INV-27: its event comes before who asked for it has written it down."""
    uid, token = money.bought(money.workshop(), at=tomorrow() + WEEK)
    with pytest.raises(Died), dying(f"before-call.dynamodb.{COMMIT}", 1):
        cancel(uid, token)
    money.tell()
    assert read(uid, token).json["refund"]["status"] == "completed"
    schools.run_workers()
    assert events(schools).count("BOOKING_CANCELLED") == 1


def test_immersio_does_not_wait_for_stripe_for_ever(
    schools: Schools, money: Money, now: time_machine.Traveller
) -> None:
    """INV-21: after ten minutes it is told of a refund that is pending; the money goes back when Stripe answers."""
    uid, token = money.bought(money.workshop(), at=tomorrow() + WEEK)
    attempts, calls_of_each = 5, 2
    money.stripe.fail(path="/v1/refunds", status=500, times=attempts * calls_of_each)
    cancel(uid, token)
    for minutes in (0, 1, 7, 60):
        now.shift(timedelta(minutes=minutes))
        schools.sweep()
        schools.run_workers(QUEUE)
        assert ("BOOKING_CANCELLED" in events(schools)) is (minutes == 60)
    now.shift(timedelta(hours=3))
    schools.sweep()
    schools.run_workers()
    assert read(uid, token).json["refund"]["status"] == "completed"
    assert events(schools).count("BOOKING_CANCELLED") == 1
    (told,) = [one.json["data"] for one in schools.sink.received if one.json["event"] == "BOOKING_CANCELLED"]
    assert (told["refund"]["status"], told["refund"]["stripeRefundId"]) == ("pending", None)


def test_a_payment_that_stripe_never_told_of_is_found_when_the_page_is_closed(
    schools: Schools, money: Money, now: time_machine.Traveller
) -> None:
    """INV-13, INV-18: all its events are lost; the hold ends, and the seat is theirs after all."""
    made = money.workshop(seats=1)
    uid, token = money.booked(made)
    money.pay(uid)
    now.shift(timedelta(minutes=46))
    schools.sweep()
    schools.run_workers("immersio-seats", QUEUE)
    assert (read(uid, token).json["booking"]["status"], occupancy(schools, made).taken) == ("accepted", 1)
    money.tell(PAID)
    assert events(schools) == ["BOOKING_CREATED", "PAYMENT_COMPLETED"]
    assert money.booking(uid).status is BookingStatus.ACCEPTED
