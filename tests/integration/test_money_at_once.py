"""Stripe, students and workers act on the same seats in the same moment: real threads on MiniStack."""

import os
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
import time_machine

from immersio.booking.model import BookingStatus
from kernel import clock, ids, settings
from local.sandboxes.stripe import Account, create_app
from tests.support import schools as school_worlds
from tests.support.bookings import bookings, occupancy
from tests.support.chatbot import all_at_once
from tests.support.contention import contention
from tests.support.money import PAID, Money, receive
from tests.support.schools import Schools
from tests.support.sink import Served
from tests.support.students import book, cancel, move
from tests.support.workers import Context, function
from tests.support.workshops import tomorrow
from tests.support.world import World

AT_ONCE = 20
WEEK = timedelta(days=7)
MEETING = pytest.mark.parametrize("meeting", [False, True], ids=["", "where writes meet"])


@pytest.fixture
def money(world: World) -> Iterator[Money]:
    """A school of the test's own, whose account only it uses."""
    account = f"acct_{ids.new('test')[-12:].lower()}"
    keys = settings.secret("STRIPE_SECRET")
    app = create_app(keys["secret_key"], [Account(account, "School")], webhook_secret=keys["webhook_secret"])
    stripe = Served(app)
    with patch.dict(os.environ, {"STRIPE_BASE_URL": stripe.url}):
        yield Money(school_worlds.founded(mark=account[-12:]), account)
    stripe.stop()


def booked(money: Money, made: dict[str, Any], number: int, **sent: Any) -> tuple[str, str]:
    school = money.schools.academy.slug
    return money.booked(made, f"student-{number}@example.com", school=school, ip=f"198.51.0.{number}", **sent)


def told(schools: Schools) -> list[str]:
    """What this school's Immersio is told, in the order of the events."""
    tenant = str(schools.academy.tenant_id)
    mine = [one for one in schools.messages() if one.tenant == tenant and one.queue == "immersio-webhooks"]
    return [one.kind for one in sorted(mine, key=lambda one: one.sequence) if "WORKSHOP" not in one.kind]


def work(schools: Schools) -> None:
    """What its messages about seats and money oblige the workers to do by now, in any order."""
    for queue, folder in (("immersio-seats", "settle_seats"), ("immersio-payments", "settle_payments")):
        mine = [one for one in schools.messages() if one.tenant == str(schools.academy.tenant_id)]
        for message in (one for one in mine if one.queue == queue):
            record = {
                "messageId": message.id,
                "receiptHandle": "none",
                "body": message.pointer,
                "eventSource": "aws:sqs",
            }
            function(f"immersio/workers/{folder}")({"Records": [record]}, Context())


@MEETING
def test_an_event_that_comes_many_times_at_once_sells_one_seat(money: Money, meeting: bool) -> None:
    """INV-15, INV-27: it is told and counted once."""
    made = money.workshop()
    uid, _ = booked(money, made, 0)
    money.pay(uid)
    (event,) = money.untold(PAID)
    with contention() if meeting else nullcontext():
        answers = all_at_once(AT_ONCE, lambda _: receive(event.body, event.signature).status)
    assert set(answers) == {200}
    assert money.booking(uid).status is BookingStatus.ACCEPTED
    assert told(money.schools) == ["BOOKING_CREATED", "PAYMENT_COMPLETED"]
    assert occupancy(money.schools, made["id"]).taken == 1


@MEETING
def test_many_clicks_at_once_give_the_money_back_once(money: Money, meeting: bool) -> None:
    """INV-11: while Stripe tells of the refund, too."""
    made = money.workshop()
    uid, token = booked(money, made, 0, at=tomorrow() + WEEK)
    money.pay(uid)
    money.tell()

    def act(number: int) -> int:
        if number % 4 == 0:
            return max(money.tell(), default=200)
        return cancel(uid, token, ip=f"198.51.1.{number}").status

    with contention() if meeting else nullcontext():
        answers = all_at_once(AT_ONCE, act)
    money.tell()
    work(money.schools)
    assert set(answers) == {200}
    assert [refund["amount"] for refund in money.refunds()] == [1500]
    assert told(money.schools) == ["BOOKING_CREATED", "PAYMENT_COMPLETED", "BOOKING_CANCELLED"]


@MEETING
def test_late_payers_and_new_bookers_at_once_share_the_seats_there_are(money: Money, meeting: bool) -> None:
    """INV-13, INV-01: never an oversell, never money without a seat."""
    made = money.workshop(seats=5)
    late = [booked(money, made, number)[0] for number in range(5)]
    for uid in late:
        money.pay(uid)
    paid = money.untold(PAID)
    start = tomorrow()
    with time_machine.travel(clock.now() + timedelta(minutes=46), tick=True):
        fresh = {event.id: event for event in money.stripe.events(PAID)}

        def act(number: int) -> int:
            if number < len(paid):
                event = fresh[paid[number].id]
                return receive(event.body, event.signature).status
            address, school = f"late-{number}@example.com", money.schools.academy.slug
            return book(made, address, school=school, ip=f"198.51.2.{number}", at=start).status

        with contention() if meeting else nullcontext():
            answers = all_at_once(AT_ONCE, act)
        work(money.schools)
        money.tell()
    rows = {booking.uid: booking for booking in bookings(money.schools, made["id"])}
    alive = {uid for uid, booking in rows.items() if booking.status is not BookingStatus.CANCELLED}
    refunded = {refund["metadata"]["booking_uid"] for refund in money.refunds()}
    assert not [status for status in answers if status >= 500]
    assert len(alive) == 5
    assert alive == set(occupancy(money.schools, made["id"]).claims)
    assert refunded == {uid for uid in late if uid not in alive}
    assert all(rows[uid].paid for uid in late)


@MEETING
def test_many_who_move_to_one_class_at_once_fill_it_and_no_more(money: Money, meeting: bool) -> None:
    """INV-01, INV-04: whoever does not get there keeps the seat they have."""
    made = money.workshop(price=0, seats=AT_ONCE, title="Free")
    small = 3
    school = money.schools.academy.slug
    seats = [
        book(made, f"mover-{number}@example.com", school=school, ip=f"198.51.3.{number}").json
        for number in range(AT_ONCE)
    ]
    others = AT_ONCE - small
    for number in range(others):
        filler = f"filler-{number}@example.com"
        assert book(made, filler, school=school, ip=f"198.51.4.{number}", at=tomorrow() + WEEK).status == 201

    def act(number: int) -> int:
        return move(seats[number]["booking"]["uid"], seats[number]["manageToken"], tomorrow() + WEEK).status

    with contention() if meeting else nullcontext():
        answers = all_at_once(AT_ONCE, act)
    work(money.schools)
    assert sorted(set(answers)) == [200, 409]
    assert answers.count(200) == small
    rows = bookings(money.schools, made["id"])
    assert len([one for one in rows if one.starts_at == tomorrow() + WEEK]) == AT_ONCE
    assert occupancy(money.schools, made["id"]).taken == others
