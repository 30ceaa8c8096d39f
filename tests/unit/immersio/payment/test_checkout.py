"""Opening and closing pages on which a seat is paid."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from immersio.payment import stripe_api
from immersio.payment.stripe_checkout import close_checkout, load_checkout, open_checkout, paid_booking
from kernel import clock
from kernel.errors import PaymentFailed, StripeNotConfigured, StripeUnavailable
from tests.support.stripe import StripeSandbox
from tests.support.stripe_orders import OWING, SCHOOL, STRANGER, order, paid


def held(stripe: StripeSandbox) -> dict[str, Any]:
    (session,) = stripe.state["sessions"]
    return dict(session)


def test_a_page_is_opened_on_the_schools_account_for_what_the_seat_costs(stripe: StripeSandbox) -> None:
    wanted = order(description="Tuesday, 1 December, 18:00")
    page = open_checkout(wanted)
    assert (page.uid, page.amount, page.currency) == (wanted.uid, 1500, "EUR")
    assert (page.is_open, page.is_paid, page.payment_intent_id) == (True, False, None)
    assert page.url == f"{stripe.url}/c/pay/{page.id}"
    there = held(stripe)
    assert (there["account"], there["id"], there["amount_total"], there["currency"]) == (SCHOOL, page.id, 1500, "eur")
    assert (there["customer_email"], there["success_url"], there["cancel_url"]) == (
        wanted.email,
        wanted.success_url,
        wanted.cancel_url,
    )
    assert there["adaptive_pricing"] == {"enabled": False}


def test_the_bookings_uid_lies_in_everything_that_stripe_tells_of(stripe: StripeSandbox) -> None:
    wanted, intent = paid(stripe)
    state = stripe.state
    assert held(stripe)["client_reference_id"] == wanted.uid
    for kind in ("sessions", "payment_intents", "charges"):
        assert [each["metadata"] for each in state[kind]] == [{"booking_uid": wanted.uid}]
    assert paid_booking(SCHOOL, intent) == wanted.uid
    assert paid_booking(STRANGER, intent) is None


def test_the_page_ends_with_the_hold_and_never_after_it(stripe: StripeSandbox) -> None:
    """INV-18"""
    hold_until = clock.now().replace(microsecond=999_000) + timedelta(minutes=45)
    page = open_checkout(order(expires_at=hold_until))
    assert timedelta() <= hold_until - page.expires_at < timedelta(seconds=1)


def test_who_asks_again_gets_the_same_page(stripe: StripeSandbox) -> None:
    wanted = order()
    first = open_checkout(wanted)
    with time_machine.travel(clock.now() + timedelta(minutes=20), tick=True):
        assert open_checkout(wanted) == first
    assert held(stripe)["id"] == first.id


def test_a_page_whose_answer_was_lost_is_not_opened_twice(stripe: StripeSandbox) -> None:
    stripe.fail(path="/v1/checkout", status=502, afterEffect=True)
    assert open_checkout(order()).id == held(stripe)["id"]


def test_the_same_booking_with_other_words_is_refused(stripe: StripeSandbox) -> None:
    wanted = order()
    open_checkout(wanted)
    with pytest.raises(PaymentFailed, match="IdempotencyError"):
        open_checkout(wanted.model_copy(update={"amount": 1400}))
    assert held(stripe)["amount_total"] == 1500


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amount": 49}, "amount_too_small"),
        ({"email": "garish rug"}, "email_invalid"),
        ({"expires_at": timedelta(minutes=29)}, "InvalidRequestError"),
        ({"expires_at": timedelta(hours=25)}, "InvalidRequestError"),
    ],
)
def test_what_stripe_does_not_take_is_a_payment_that_failed(
    stripe: StripeSandbox, changes: dict[str, Any], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    """INV-26: nothing of the person is told or logged."""
    if "expires_at" in changes:
        changes = {"expires_at": clock.now() + changes["expires_at"]}
    with pytest.raises(PaymentFailed, match=reason) as refusal:
        open_checkout(order(**changes))
    assert (refusal.value.status, refusal.value.code) == (402, "PAYMENT_FAILED")
    assert "garish" not in refusal.value.message + caplog.text
    assert stripe.state["sessions"] == []


def test_a_school_whose_account_may_not_charge_or_has_left_is_not_configured(stripe: StripeSandbox) -> None:
    with pytest.raises(StripeNotConfigured) as refusal:
        open_checkout(order(account_id=OWING))
    assert (refusal.value.status, refusal.value.code) == (400, "STRIPE_NOT_CONFIGURED")
    page, (_, intent) = open_checkout(order()), paid(stripe)
    stripe.change(SCHOOL, connected=False)
    with pytest.raises(StripeNotConfigured):
        open_checkout(order())
    with pytest.raises(StripeNotConfigured):
        close_checkout(SCHOOL, page.id)
    with pytest.raises(StripeNotConfigured):
        load_checkout(SCHOOL, page.id)
    with pytest.raises(StripeNotConfigured):
        paid_booking(SCHOOL, intent)


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 429}, {"delaySeconds": 1.0}], ids=str)
def test_while_stripe_does_not_answer_the_payment_is_unavailable(
    stripe: StripeSandbox, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe_api, "ANSWER_SECONDS", 0.2)
    stripe.fail(path="/v1/checkout", times=3, **fault)
    with pytest.raises(StripeUnavailable, match="nothing was charged"):
        open_checkout(order())


def test_a_closed_page_cannot_be_paid(stripe: StripeSandbox) -> None:
    """INV-18"""
    page = open_checkout(order())
    closed = close_checkout(SCHOOL, page.id)
    assert (closed.status, closed.is_open, closed.is_paid) == ("expired", False, False)
    assert stripe.control(f"/_pay/{page.id}", {"outcome": "paid"}).status_code == 409
    assert close_checkout(SCHOOL, page.id) == closed


def test_who_closes_a_page_learns_that_it_was_paid(stripe: StripeSandbox) -> None:
    """INV-14: the money is given back only by those who know of it."""
    page = open_checkout(order())
    session = stripe.pay(page.id)["session"]
    closed = close_checkout(SCHOOL, page.id)
    assert (closed.status, closed.is_paid) == ("complete", True)
    assert (closed.payment_intent_id, closed.customer_id) == (session["payment_intent"], session["customer"])
    assert session["customer"].startswith("cus_")


def test_a_page_is_read_as_it_is_now(stripe: StripeSandbox) -> None:
    page = open_checkout(order())
    assert load_checkout(SCHOOL, page.id) == page
    stripe.pay(page.id, "processing")
    waiting = load_checkout(SCHOOL, page.id)
    assert (waiting.status, waiting.payment_status, waiting.is_paid) == ("complete", "unpaid", False)
