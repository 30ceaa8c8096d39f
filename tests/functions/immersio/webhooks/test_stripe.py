"""POST /api/v1/webhooks/stripe"""

import json
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
import stripe as stripe_sdk
import time_machine

from immersio.access.model import Role
from immersio.booking.model import BookingStatus, PaymentStatus
from immersio.payment.model import RefundStatus
from immersio.seat.model import Hold
from kernel import clock, keys, settings, table
from local.sandboxes.stripe import LANGUAGE_ACADEMY, MUSIC_STUDIO
from tests.support.lists import hooked
from tests.support.money import PAID, Money, connect, receive
from tests.support.notices import delivered, texts
from tests.support.schools import Schools, gone
from tests.support.students import (
    COMMIT,
    Died,
    book,
    booked,
    cancel,
    dying,
    events,
    free_workshop,
    occupancy,
    read,
)
from tests.support.workshops import tomorrow, update
from tests.support.world import Reply

HOLD = timedelta(minutes=45)
A_MOMENT = timedelta(seconds=2)


pytestmark = pytest.mark.usefixtures("now")


def signed(money: Money, kind: str, **changes: Any) -> Reply:
    """What our receiver answers to the event of this type with other words in it, signed as Stripe signs."""
    (event,) = money.untold(kind)
    told = json.loads(event.body)
    told["data"]["object"] |= changes.pop("object", {})
    return send({**told, **changes})


def send(event: dict[str, Any]) -> Reply:
    return send_text(json.dumps(event))


def send_text(body: str) -> Reply:
    secret = settings.secret("STRIPE_SECRET")["webhook_secret"]
    at = clock.epoch(clock.now())
    signature = stripe_sdk.WebhookSignature._compute_signature(f"{at}.{body}", secret)
    return receive(body.encode(), f"t={at},v1={signature}")


def rows(schools: Schools) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True, default=str) for row in schools.rows())


def test_a_seat_that_is_paid_is_theirs(schools: Schools, money: Money) -> None:
    """INV-17: Immersio is told of it only now, of the booking first."""
    made = money.workshop()
    uid, token = money.booked(made)
    assert events(schools) == []
    money.pay(uid)
    assert set(money.tell()) == {200}
    told = read(uid, token).json["booking"]
    assert (told["status"], told["paid"]) == ("accepted", True)
    assert events(schools) == ["BOOKING_CREATED", "PAYMENT_COMPLETED"]
    (claim,) = occupancy(schools, made).claims.values()
    assert claim.hold is Hold.SOLD


def test_immersio_is_told_of_a_payment_as_specified(schools: Schools, money: Money) -> None:
    """INV-27: the events of a booking carry a rising sequence, also those that leave together."""
    made = money.workshop(immersioCourseId="course_abc123")
    uid, _ = money.booked(made, immersioStudentId="student_456")
    session = money.pay(uid)
    money.tell()
    schools.run_workers()
    received = {one.json["event"]: one.json["data"] for one in schools.sink.received}
    booking = money.booking(uid)
    assert booking.payment
    assert received["PAYMENT_COMPLETED"] == {
        "payment": {
            "id": booking.payment.id,
            "bookingId": booking.id,
            "bookingUid": uid,
            "amount": 1500,
            "fee": 0,
            "currency": "EUR",
            "stripePaymentId": session["payment_intent"],
            "stripeCustomerId": session["customer"],
        },
        "workshop": {"id": made["id"], "title": booking.title, "immersioCourseId": "course_abc123"},
        "attendee": {"email": "ada@example.com", "immersioStudentId": "student_456"},
        "tenant": {"id": schools.academy.tenant_id, "slug": "language-academy", "stripeAccountId": LANGUAGE_ACADEMY},
    }
    assert received["BOOKING_CREATED"]["booking"]["payment"] == {
        "amount": 1500,
        "currency": "EUR",
        "paid": True,
        "stripePaymentId": session["payment_intent"],
    }
    sequences = {message.kind: message.sequence for message in schools.messages() if message.sequence}
    assert (sequences["BOOKING_CREATED"], sequences["PAYMENT_COMPLETED"]) == (1, 2)


def test_a_payment_is_counted_once(schools: Schools, money: Money) -> None:
    uid, _ = money.booked(money.workshop())
    money.pay(uid)
    for _ in range(2):
        money.deliver(money.stripe.events())
    schools.run_workers()
    reply = schools.call("immersio.tenant.getStats", schools.academy.cookie(Role.OWNER), sent={"period": "month"})
    told = reply.json["result"]["data"]["json"]
    assert (told["totalBookings"], told["totalRevenue"]) == (1, 1500)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_events_may_come_twice_and_in_any_order(schools: Schools, money: Money, order: int) -> None:
    """INV-15: declined, then paid, or told otherwise: the seat is theirs once, and paid never goes back."""
    made = money.workshop()
    uid, _ = money.booked(made)
    money.pay(uid, "failed")
    money.pay(uid)
    told = money.stripe.events("payment_intent.payment_failed", PAID, "charge.failed")
    money.deliver([*list(permutations(told))[order], *told])
    booking = money.booking(uid)
    assert (booking.status, booking.paid) == (BookingStatus.ACCEPTED, True)
    assert booking.payment
    assert booking.payment.status is PaymentStatus.PAID
    assert events(schools) == ["BOOKING_CREATED", "PAYMENT_COMPLETED"]
    assert occupancy(schools, made).taken == 1


def test_a_declined_card_leaves_the_seat_held_for_another(schools: Schools, money: Money) -> None:
    """INV-17: it is told to nobody."""
    uid, token = money.booked(money.workshop())
    money.pay(uid, "failed")
    money.tell()
    assert events(schools) == []
    booking = money.booking(uid)
    assert booking.payment
    assert (booking.status, booking.payment.status) == (BookingStatus.PENDING, PaymentStatus.FAILED)
    money.pay(uid)
    money.tell()
    assert read(uid, token).json["booking"]["paid"]


def test_a_free_workshop_tells_of_no_payment(schools: Schools) -> None:
    """INV-17"""
    booked(free_workshop(schools))
    assert events(schools) == ["BOOKING_CREATED"]


def test_who_pays_after_the_hold_gets_a_seat_that_nobody_took(
    schools: Schools, money: Money, now: time_machine.Traveller
) -> None:
    """INV-13: their hold is over, and nobody has noticed it."""
    made = money.workshop(seats=1)
    uid, token = money.booked(made)
    money.pay(uid)
    now.shift(HOLD + A_MOMENT)
    assert read(uid, token).json["booking"]["status"] == "cancelled"
    money.tell()
    assert read(uid, token).json["booking"]["status"] == "accepted"
    (claim,) = occupancy(schools, made).claims.values()
    assert claim.hold is Hold.SOLD


def test_of_two_who_pay_too_late_one_gets_the_seat_that_is_left(
    schools: Schools, money: Money, now: time_machine.Traveller
) -> None:
    """INV-13: somebody else has the other; never an oversell."""
    made = money.workshop()
    late = [money.booked(made, email)[0] for email in ("ada@example.com", "bo@example.com")]
    for uid in late:
        money.pay(uid)
    now.shift(HOLD + A_MOMENT)
    other, _ = money.booked(made, "cy@example.com")
    money.tell()
    schools.run_workers()
    (winner,) = [uid for uid in late if money.booking(uid).status is BookingStatus.ACCEPTED]
    (loser,) = set(late) - {winner}
    assert occupancy(schools, made).claims.keys() == {winner, other}
    assert [refund["metadata"]["booking_uid"] for refund in money.refunds()] == [loser]


def test_who_paid_in_time_but_was_told_of_late_gets_their_seat_back(
    schools: Schools, money: Money, now: time_machine.Traveller
) -> None:
    """INV-13: their hold was ended, nobody else has taken it, and the plan counts them once."""
    made = money.workshop(seats=1)
    uid, token = money.booked(made)
    money.pay(uid)
    now.shift(HOLD + A_MOMENT)
    schools.sweep()
    schools.run_workers("immersio-seats")
    assert money.booking(uid).status is BookingStatus.CANCELLED
    assert occupancy(schools, made).taken == 0
    money.tell()
    assert (read(uid, token).json["booking"]["status"], occupancy(schools, made).taken) == ("accepted", 1)
    assert events(schools) == ["BOOKING_CREATED", "PAYMENT_COMPLETED"]
    usage = table.get(keys.tenant_usage(schools.academy.tenant_id)) or {}
    assert usage["bookings_2026-12"] == 1


def test_a_late_payment_told_twice_while_the_workshop_changes_keeps_its_seat(schools: Schools, money: Money) -> None:
    """INV-13: the slower of two deliveries gave back the claim of the other, and the seat was sold once more."""
    made = money.workshop(seats=1)
    uid, _ = money.booked(made)
    money.pay(uid)
    (event,) = money.untold(PAID)
    told, overtaken = json.loads(event.body), list[bool]()

    def overtake(params: dict[str, Any], **_: Any) -> None:
        if not overtaken and f"claim_{uid}" in str(params):
            overtaken.append(True)
            assert send(told).json["processed"]
            update(schools, made["id"], title="Spanish for all")

    with time_machine.travel(clock.now() + HOLD + A_MOMENT, tick=False):
        with hooked("provide-client-params.dynamodb.UpdateItem", overtake):
            assert send(told).status == 503
        assert money.booking(uid).status is BookingStatus.ACCEPTED
        assert book(made, "grace@example.com").json["code"] == "NO_SEATS_AVAILABLE"
        assert occupancy(schools, made).claims[uid].hold is Hold.SOLD


def test_who_paid_too_late_gets_all_of_it_back(schools: Schools, money: Money, now: time_machine.Traveller) -> None:
    """INV-13: the seat is somebody else's; never an oversell, never money without a seat."""
    made = money.workshop(seats=1)
    uid, token = money.booked(made)
    money.pay(uid)
    now.shift(HOLD + A_MOMENT)
    other, _ = money.booked(made, "bo@example.com")
    money.tell(PAID)
    assert occupancy(schools, made).claims.keys() == {other}
    schools.run_workers()
    (refund,) = money.refunds()
    assert (refund["amount"], refund["status"]) == (1500, "succeeded")
    told = read(uid, token).json
    assert (told["booking"]["status"], told["refund"]) == (
        "cancelled",
        {"eligible": True, "withinWindow": True, "status": "completed", "amount": 1500, "currency": "EUR"},
    )
    assert events(schools) == ["BOOKING_CANCELLED"]
    (event,) = [one.json["data"] for one in schools.sink.received if one.json["event"] == "BOOKING_CANCELLED"]
    assert event["booking"]["cancelledBy"] == "system"
    assert event["refund"]["stripeRefundId"] == refund["id"]


def test_who_paid_after_the_class_has_started_gets_it_back(
    schools: Schools, money: Money, now: time_machine.Traveller
) -> None:
    """INV-13: a seat in a class that has begun is none."""
    made = money.workshop()
    uid, _ = money.booked(made)
    money.pay(uid)
    now.move_to(tomorrow() + A_MOMENT)
    money.tell(PAID)
    schools.run_workers()
    assert money.booking(uid).status is BookingStatus.CANCELLED
    assert [refund["amount"] for refund in money.refunds()] == [1500]


def test_who_booked_again_meanwhile_gets_the_first_payment_back(
    schools: Schools, money: Money, now: time_machine.Traveller
) -> None:
    """INV-08, INV-13: nobody has two seats in a class."""
    made = money.workshop()
    first, _ = money.booked(made)
    money.pay(first)
    now.shift(HOLD + A_MOMENT)
    second, _ = money.booked(made)
    money.tell(PAID)
    schools.run_workers()
    assert money.booking(first).status is BookingStatus.CANCELLED
    assert occupancy(schools, made).claims.keys() == {second}
    assert [refund["metadata"]["booking_uid"] for refund in money.refunds()] == [first]


def test_who_paid_after_cancelling_gets_it_back(schools: Schools, money: Money) -> None:
    """INV-14: the payment was quicker than the closing of its page; the seat never returns."""
    made = money.workshop()
    uid, token = money.booked(made)
    money.pay(uid)
    cancel(uid, token)
    money.tell(PAID)
    schools.run_workers()
    booking = money.booking(uid)
    assert (booking.status, booking.refund and booking.refund.status) == (
        BookingStatus.CANCELLED,
        RefundStatus.COMPLETED,
    )
    assert booking.cancellation
    assert booking.cancellation.by == "student"
    assert len(money.refunds()) == 1
    assert occupancy(schools, made).taken == 0
    assert events(schools) == ["BOOKING_CANCELLED"]


def test_a_payment_that_takes_days_keeps_its_seat(schools: Schools, money: Money, now: time_machine.Traveller) -> None:
    made = money.workshop(seats=1)
    uid, token = money.booked(made)
    money.pay(uid, "processing")
    money.tell()
    now.shift(HOLD + A_MOMENT)
    assert book(made, "bo@example.com").json["code"] == "NO_SEATS_AVAILABLE"
    assert events(schools) == []
    money.pay(uid, "paid")
    money.tell()
    assert read(uid, token).json["booking"]["status"] == "accepted"


def test_a_payment_that_fails_after_days_gives_its_seat_back(schools: Schools, money: Money) -> None:
    """INV-17"""
    made = money.workshop(seats=1)
    uid, token = money.booked(made)
    money.pay(uid, "processing")
    money.tell()
    money.pay(uid, "failed")
    money.tell()
    assert (read(uid, token).json["booking"]["status"], occupancy(schools, made).taken) == ("cancelled", 0)
    assert events(schools) == []


def test_a_payment_that_failed_after_days_is_not_said_to_be_on_its_way(schools: Schools, money: Money) -> None:
    """INV-21: the letter promised money that could not come any more."""
    uid, _ = money.booked(money.workshop(seats=1))
    for outcome in ("processing", "failed"):
        money.pay(uid, outcome)
        money.tell()
    payment = money.booking(uid).payment
    assert payment
    assert payment.status is PaymentStatus.FAILED
    letter = " ".join(texts(delivered(schools)[-1])[0].split())
    assert "You were not charged." in letter
    assert "on its way" not in letter


def test_a_page_that_the_school_closes_gives_its_seat_back(schools: Schools, money: Money) -> None:
    made = money.workshop()
    uid, token = money.booked(made)
    closed = money.stripe.post(
        f"/v1/checkout/sessions/{money.session_id(uid)}/expire",
        key=settings.secret("STRIPE_SECRET")["secret_key"],
        headers={"Stripe-Account": LANGUAGE_ACADEMY},
    )
    assert closed.status_code == 200
    money.tell()
    assert (read(uid, token).json["booking"]["status"], occupancy(schools, made).taken) == ("cancelled", 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"account": MUSIC_STUDIO},
        {"account": "acct_unknown"},
        {"account": None},
        {"livemode": True},
        {"object": {"amount_total": 1}},
        {"object": {"currency": "usd"}},
        {"object": {"id": "cs_test_of_their_own"}},
        {"object": {"metadata": {}}},
        {"object": {"metadata": {"booking_uid": "booking_1_00000000000000000000000000000000"}}},
        {"object": {"metadata": {"booking_uid": "x"}}},
        {"type": "checkout.session.of_tomorrow"},
    ],
    ids=lambda changes: json.dumps(changes)[:60],
)
def test_an_event_that_is_not_of_this_page_changes_nothing(
    schools: Schools, money: Money, changes: dict[str, Any]
) -> None:
    """INV-15: of another account, mode, amount, currency or page; metadata is no proof, schools write it too."""
    connect(schools, schools.studio, MUSIC_STUDIO)
    uid, _ = money.booked(money.workshop())
    money.pay(uid)
    before = rows(schools)
    answer = signed(money, PAID, **changes)
    assert (answer.status, answer.json) == (200, {"received": True, "processed": False})
    assert rows(schools) == before


def test_an_event_of_an_account_that_a_school_used_before_is_still_its(schools: Schools, money: Money) -> None:
    """INV-15: who paid before the school changed its account has paid."""
    uid, token = money.booked(money.workshop())
    money.pay(uid)
    connect(schools, schools.academy, MUSIC_STUDIO)
    money.tell()
    assert read(uid, token).json["booking"]["paid"]


@pytest.mark.parametrize("signature", [None, "", "t=1,v1=00", "v1=00", "nonsense"])
def test_an_event_that_is_not_signed_is_refused(schools: Schools, money: Money, signature: str | None) -> None:
    """INV-30"""
    uid, _ = money.booked(money.workshop())
    money.pay(uid)
    (event,) = money.untold(PAID)
    before = rows(schools)
    answer = receive(event.body, signature)
    assert (answer.status, answer.json["code"]) == (401, "INVALID_WEBHOOK_SIGNATURE")
    assert rows(schools) == before


def retold(money: Money, kind: str = PAID) -> tuple[int, str]:
    """What is answered to the one event of this type, which Stripe then tells again."""
    (event,) = money.untold(kind)
    refused = receive(event.body, event.signature)
    return refused.status, refused.json["code"]


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "{}", '{"id": 5, "type": {}}'])
def test_what_is_signed_and_no_event_is_refused_as_invalid(schools: Schools, body: str) -> None:
    """Somebody tried the secret by hand with an empty body; the alarm for errors of ours rang at night."""
    answer = send_text(body)
    assert (answer.status, answer.json["code"]) == (400, "VALIDATION_ERROR")
    assert all(rule["field"] for rule in answer.json["details"])


def test_an_event_that_comes_before_its_booking_comes_again(schools: Schools, money: Money) -> None:
    """INV-16: it is not answered 2xx, so Stripe tells it once more."""
    uid, _ = money.booked(money.workshop())
    money.pay(uid)
    key = keys.booking(schools.academy.tenant_id, uid)
    row = table.get(key)
    assert row
    table.write(table.Delete(key=key))
    assert retold(money) == (404, "BOOKING_NOT_FOUND")
    table.write(table.Put(item=row))
    assert money.tell(PAID) == [200]
    assert money.booking(uid).paid


def test_an_event_of_a_school_that_is_gone_says_so(schools: Schools, money: Money) -> None:
    uid, _ = money.booked(money.workshop())
    money.pay(uid)
    gone(schools.academy)
    assert retold(money) == (404, "TENANT_NOT_FOUND")


def test_an_event_that_comes_before_its_page_is_known_comes_again(schools: Schools, money: Money) -> None:
    """INV-16"""
    uid, _ = money.booked(money.workshop())
    money.pay(uid)
    key, session = keys.booking(schools.academy.tenant_id, uid), money.session_id(uid)
    row = table.get(key)
    assert row
    table.write(table.Put(item={**row, "payment": {**row["payment"], "session_id": None}}))
    assert retold(money) == (409, "CONFLICT")
    table.write(table.Put(item={**row, "payment": {**row["payment"], "session_id": session}}))
    assert money.tell(PAID) == [200]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_receiver_that_dies_half_way_is_told_again(schools: Schools, money: Money, moment: str) -> None:
    """INV-16: before its commit nothing is done; after it, all of it is."""
    made = money.workshop()
    uid, _ = money.booked(made)
    money.pay(uid)
    with pytest.raises(Died), dying(f"{moment}-call.dynamodb.{COMMIT}"):
        money.tell(PAID)
    assert money.booking(uid).paid is (moment == "after")
    assert money.tell(PAID) == [200]
    assert money.booking(uid).status is BookingStatus.ACCEPTED
    assert events(schools) == ["BOOKING_CREATED", "PAYMENT_COMPLETED"]
    schools.run_workers("immersio-seats")
    (claim,) = occupancy(schools, made).claims.values()
    assert claim.hold is Hold.SOLD


def test_a_refund_by_hand_is_shown_and_counted(schools: Schools, money: Money) -> None:
    """INV-21: the school gives a part back at Stripe, then the rest; the seat stays the student's."""
    uid, token = money.bought(money.workshop())
    booking = money.booking(uid)
    assert booking.payment
    for amount, total in ((500, 500), (1000, 1500)):
        money.stripe.post(
            "/v1/refunds",
            key=settings.secret("STRIPE_SECRET")["secret_key"],
            headers={"Stripe-Account": LANGUAGE_ACADEMY},
            data={"payment_intent": booking.payment.payment_intent_id, "amount": amount},
        ).raise_for_status()
        money.tell()
        refund = money.booking(uid).refund
        assert refund
        assert (refund.status, refund.amount) == (RefundStatus.COMPLETED, total)
        assert read(uid, token).json["refund"]["amount"] == 1500 - total  # what cancelling would give back now
    after = money.booking(uid)
    assert after.payment
    assert (after.status, after.payment.status) == (BookingStatus.ACCEPTED, PaymentStatus.REFUNDED)
    schools.run_workers()
    reply = schools.call("immersio.tenant.getStats", schools.academy.cookie(Role.OWNER), sent={"period": "month"})
    assert reply.json["result"]["data"]["json"]["totalRevenue"] == 0
    assert cancel(uid, token).status == 200
    assert len(money.refunds()) == 2  # there is nothing left to give back
    assert events(schools)[-1] == "BOOKING_CANCELLED"


def test_a_refund_that_arrives_later_is_pending_until_then(schools: Schools, money: Money) -> None:
    """INV-21: and one that comes back after all has failed, whatever was told before."""
    money.stripe.change(LANGUAGE_ACADEMY, refunds="pending")
    uid, token = money.bought(money.workshop())
    assert cancel(uid, token).json["refund"]["status"] == "pending"
    (refund,) = money.refunds()
    for outcome, status in (("succeeded", "completed"), ("failed", "failed")):
        money.stripe.settle_refund(refund["id"], outcome)
        money.tell()
        assert read(uid, token).json["refund"]["status"] == status
    money.deliver(reversed(money.stripe.events("refund.created", "refund.updated", "refund.failed")))
    assert read(uid, token).json["refund"]["status"] == "failed"
    assert events(schools).count("BOOKING_CANCELLED") == 1


def test_an_event_of_which_stripe_cannot_be_asked_comes_again(schools: Schools, money: Money) -> None:
    """INV-16: how a refund stands, only Stripe knows; it may not answer, or not about an account that has left."""
    money.stripe.change(LANGUAGE_ACADEMY, refunds="pending")
    uid, token = money.bought(money.workshop())
    cancel(uid, token)
    (refund,) = money.refunds()
    money.stripe.settle_refund(refund["id"], "succeeded")
    money.stripe.fail(path="/v1/refunds", status=500, times=2)
    assert retold(money, "refund.updated") == (503, "STRIPE_UNAVAILABLE")
    money.stripe.change(LANGUAGE_ACADEMY, connected=False)
    assert retold(money, "refund.updated") == (400, "STRIPE_NOT_CONFIGURED")
    money.stripe.change(LANGUAGE_ACADEMY, connected=True)
    assert money.tell("refund.updated") == [200]
    assert read(uid, token).json["refund"]["status"] == "completed"


def test_a_dispute_is_recorded_and_its_end(schools: Schools, money: Money) -> None:
    """INV-15: an old word does not open it again."""
    uid, _ = money.bought(money.workshop())
    payment = money.booking(uid).payment
    assert payment
    assert payment.payment_intent_id
    money.stripe.dispute(payment.payment_intent_id)
    money.tell()
    before = money.booking(uid)
    assert before.dispute
    assert (before.dispute.status, before.dispute.amount) == ("needs_response", 1500)
    assert before.payment
    assert before.payment.status is PaymentStatus.DISPUTED
    money.stripe.dispute(payment.payment_intent_id, outcome="lost")
    money.tell()
    money.deliver(money.stripe.events("charge.dispute.created"))
    after = money.booking(uid)
    assert after.dispute
    assert after.payment
    assert (after.dispute.status, after.payment.status) == ("lost", PaymentStatus.LOST)


def test_a_question_of_the_bank_that_came_to_nothing_leaves_the_money_with_the_school(money: Money) -> None:
    """INV-15"""
    uid, _ = money.bought(money.workshop())
    payment = money.booking(uid).payment
    assert payment
    money.stripe.dispute(payment.payment_intent_id or "")
    (event,) = money.untold("charge.dispute.created")
    for kind, status in (("created", "warning_needs_response"), ("closed", "warning_closed")):
        told = json.loads(event.body)
        told["data"]["object"]["status"] = status
        assert send({**told, "type": f"charge.dispute.{kind}"}).json["processed"]
    after = money.booking(uid)
    assert after.payment
    assert after.dispute
    assert (after.dispute.status, after.payment.status) == ("warning_closed", PaymentStatus.PAID)


def test_a_second_dispute_is_recorded_after_the_first(schools: Schools, money: Money) -> None:
    """INV-15: and an old word about the first does not come back."""
    uid, _ = money.bought(money.workshop())
    payment = money.booking(uid).payment
    assert payment
    assert payment.payment_intent_id
    for outcome in ({}, {"outcome": "won"}):
        money.stripe.dispute(payment.payment_intent_id, **outcome)
    opened, closed = (
        json.loads(money.stripe.events(f"charge.dispute.{word}")[0].body) for word in ("created", "closed")
    )
    second = json.loads(json.dumps(opened).replace(opened["data"]["object"]["id"], "du_second"))
    for event in (opened, closed, second, closed, opened):
        assert send(event).status == 200
    dispute = money.booking(uid).dispute
    assert dispute
    assert (dispute.id, dispute.status) == ("du_second", "needs_response")


def test_a_school_whose_account_may_not_charge_any_more_sells_nothing(schools: Schools, money: Money) -> None:
    """INV-19: no seat is taken; and it sells again when it may."""
    made = money.workshop()
    money.stripe.change(LANGUAGE_ACADEMY, currently_due=["external_account"])
    money.tell()
    assert book(made).json["code"] == "STRIPE_NOT_CONFIGURED"
    assert occupancy(schools, made).claims == {}
    money.stripe.change(LANGUAGE_ACADEMY, currently_due=[])
    money.tell()
    assert book(made).status == 201


def test_a_school_whose_account_has_left_sells_nothing(schools: Schools, money: Money) -> None:
    """INV-19: until it connects one again."""
    made = money.workshop()
    money.stripe.change(LANGUAGE_ACADEMY, connected=False)
    money.tell()
    assert book(made).json["code"] == "STRIPE_NOT_CONFIGURED"
    money.stripe.change(LANGUAGE_ACADEMY, connected=True)
    connect(schools, schools.academy, LANGUAGE_ACADEMY)
    assert book(made).status == 201


def test_the_news_of_an_account_may_come_in_any_order(money: Money) -> None:
    """INV-15: it may charge again, though that it may not is told last."""
    made = money.workshop()
    money.stripe.change(LANGUAGE_ACADEMY, currently_due=["external_account"])
    money.stripe.change(LANGUAGE_ACADEMY, currently_due=[])
    money.deliver(reversed(money.untold("account.updated")))
    assert book(made).status == 201


def test_that_an_account_had_left_does_not_take_it_away_again(schools: Schools, money: Money) -> None:
    """INV-15: Stripe tells it once more when the school has connected it anew."""
    made = money.workshop()
    money.stripe.change(LANGUAGE_ACADEMY, connected=False)
    money.tell()
    money.stripe.change(LANGUAGE_ACADEMY, connected=True)
    connect(schools, schools.academy, LANGUAGE_ACADEMY)
    money.deliver(money.stripe.events("account.application.deauthorized"))
    assert book(made).status == 201


def test_the_news_of_an_account_that_is_not_used_any_more_changes_nothing(schools: Schools, money: Money) -> None:
    connect(schools, schools.academy, MUSIC_STUDIO)
    money.stripe.change(LANGUAGE_ACADEMY, connected=False)
    money.tell()
    assert book(money.workshop()).status == 201


def test_each_account_has_five_hundred_events_a_minute_of_its_own(schools: Schools) -> None:
    """Specification, section 5."""
    with time_machine.travel(clock.now(), tick=False):
        window = keys.rate_window(f"stripe {LANGUAGE_ACADEMY}", clock.epoch(clock.now()) // 60)
        table.write(table.Update(key=window, set={"used": 499}))
        assert [send(of_account(LANGUAGE_ACADEMY)).status for _ in range(2)] == [200, 429]
        assert send(of_account(MUSIC_STUDIO)).headers["ratelimit"].startswith('"webhook";r=499;')


def of_account(account: str) -> dict[str, Any]:
    """Something that happened there and is nothing to us."""
    about = {"id": "evt_of_the_test", "type": "customer.created", "account": account, "livemode": False}
    return {**about, "created": clock.epoch(clock.now()), "data": {"object": {}}}
