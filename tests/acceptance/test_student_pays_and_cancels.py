"""A student books a seat, pays it, moves, and gives it back; told over HTTP, with Stripe's sandbox at the other end."""

import requests
from standardwebhooks import Webhook

from tests.support.campus import Campus, in_days, in_hours, own
from tests.support.local_stack import eventually


def test_a_student_pays_for_a_class_and_gets_their_money_back_in_time(campus: Campus) -> None:
    """From "pay here" to the refund: the booking, Stripe's books, the e-mails and Immersio say the same."""
    made, ada = campus.workshop(own("Paid ")), f"{own('ada')}@example.com"
    seat = campus.booked(made["slug"], ada, in_days(3))
    assert seat.told["payment"]["amount"] == 1500
    assert seat.told["payment"]["checkoutUrl"] in campus.mail(ada, "pay")["text"]
    assert campus.told_kinds(seat.uid) == []

    seat.pay("failed")
    assert seat.status() == "pending"
    seat.pay()
    assert seat.becomes("accepted")
    assert campus.mail(ada, "is booked")["text"]

    cancelled = seat.cancel(reason="Schedule conflict", requireRefund=True)
    assert cancelled.status_code == 200, cancelled.text
    assert cancelled.json()["refund"]["status"] == "completed"
    assert [(one["amount"], one["status"]) for one in seat.refunds()] == [(1500, "succeeded")]
    assert campus.mail(ada, "cancel")["text"]

    kinds = ["BOOKING_CREATED", "PAYMENT_COMPLETED", "BOOKING_CANCELLED"]
    assert eventually(lambda: campus.told_kinds(seat.uid) == kinds), campus.told_kinds(seat.uid)
    told = campus.told(seat.uid)[-1]["data"]["refund"]
    assert (told["status"], told["stripeRefundId"]) == ("completed", seat.refunds()[0]["id"])


def test_a_student_who_is_too_late_is_told_before_they_lose_their_money(campus: Campus) -> None:
    """Twelve hours before a class its money stays with the school; who wants it or nothing keeps the seat."""
    start = in_hours(5)
    made, bo = campus.workshop(own("Soon "), starts_at=start), f"{own('bo')}@example.com"
    seat = campus.booked(made["slug"], bo, start)
    seat.pay()
    assert seat.becomes("accepted")
    assert seat.read()["refund"]["eligible"] is False

    refused = seat.cancel(requireRefund=True)
    assert (refused.status_code, refused.json()["code"]) == (400, "REFUND_NOT_ELIGIBLE")
    assert seat.status() == "accepted"
    kept = seat.cancel()
    assert kept.json()["refund"] == {
        "eligible": False,
        "withinWindow": False,
        "status": None,
        "amount": 0,
        "currency": "EUR",
    }
    assert seat.refunds() == []


def test_a_student_moves_to_another_week(campus: Campus) -> None:
    """One seat in all: the first class has it back, and the calendar knows the new time."""
    made, cy = campus.workshop(own("Moved "), price=0, seats=1), f"{own('cy')}@example.com"
    seat = campus.booked(made["slug"], cy, in_days(3))
    moved = seat.move(in_days(10))
    assert moved.status_code == 200, moved.text
    assert campus.mail(cy, "moved")["text"]
    assert campus.book(made["slug"], f"{own('di')}@example.com", in_days(3)).status_code == 201
    full = campus.book(made["slug"], f"{own('ed')}@example.com", in_days(10))
    assert (full.status_code, full.json()["code"]) == (409, "NO_SEATS_AVAILABLE")


def test_every_word_to_immersio_verifies_with_an_off_the_shelf_library(campus: Campus) -> None:
    made = campus.workshop(own("Signed "), price=0)
    seat = campus.booked(made["slug"], f"{own('flo')}@example.com", in_days(3))
    assert eventually(lambda: campus.told_kinds(seat.uid))
    secret = campus.stack.description["secrets"]["outgoingWebhook"]
    sent = requests.get(f"{campus.stack.url}/_local/webhooks", timeout=60).json()
    for one in [one for one in sent if seat.uid in one["body"]]:
        assert Webhook(secret).verify(one["body"], one["headers"])["event"] == "BOOKING_CREATED"
