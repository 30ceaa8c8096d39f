"""What Stripe tells us, and how sure we are that it was Stripe."""

import json
from typing import Any

import boto3
import pytest
import time_machine
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from stripe import WebhookSignature

from immersio.payment.model import (
    Checkout,
    ConnectedAccount,
    Dispute,
    FailedPayment,
    RefundStatus,
    StripeEvent,
    StripeRefund,
)
from immersio.payment.stripe_checkout import close_checkout, load_checkout, open_checkout
from immersio.payment.stripe_events import SUBJECTS, parse_event
from immersio.payment.stripe_refunds import refund
from kernel import clock
from kernel import settings as deployment
from kernel.errors import InvalidWebhookSignature, StripeUnavailable
from local.sandboxes.stripe_post import SUBSCRIBED
from tests.support.stripe import WEBHOOK_SECRET, SignedEvent, StripeSandbox
from tests.support.stripe_orders import OWING, SCHOOL, order, paid


def read(stripe: StripeSandbox, kind: str) -> StripeEvent:
    """The last event of its kind."""
    event = stripe.events(kind)[-1]
    return parse_event(event.body, event.signature)


def signed(told: dict[str, Any], seconds_ahead: int = 0, secret: str = WEBHOOK_SECRET) -> tuple[bytes, str]:
    body = json.dumps(told)
    signed_at = clock.epoch(clock.now()) + seconds_ahead
    return body.encode(), WebhookSignature.generate_signature_header(body, secret, signed_at)


def told(kind: str, subject: dict[str, Any], **changes: Any) -> dict[str, Any]:
    event = {"id": "evt_1", "object": "event", "type": kind, "created": 1_790_000_000, "livemode": False}
    return {**event, "account": SCHOOL, "data": {"object": subject}, **changes}


@pytest.fixture
def event(stripe: StripeSandbox) -> SignedEvent:
    paid(stripe)
    return stripe.events("checkout.session.completed")[0]


# What is told


def test_a_payment_tells_whose_it_is_and_how_much_it_was(stripe: StripeSandbox) -> None:
    wanted = order()
    page = open_checkout(wanted)
    stripe.pay(page.id)
    event = read(stripe, "checkout.session.completed")
    assert (event.type, event.account_id, event.livemode) == ("checkout.session.completed", SCHOOL, False)
    assert clock.epoch(event.created_at) == stripe.state["events"][-1]["created"]
    assert isinstance(event.subject, Checkout)
    assert (event.subject.id, event.subject.uid, event.subject.is_paid) == (page.id, wanted.uid, True)
    assert (event.subject.amount, event.subject.currency) == (1500, "EUR")
    assert event.subject == load_checkout(SCHOOL, page.id)


@pytest.mark.parametrize("outcome", ["paid", "failed"])
def test_a_payment_that_takes_days_is_not_paid_until_it_is(stripe: StripeSandbox, outcome: str) -> None:
    page = open_checkout(order())
    stripe.pay(page.id, "processing")
    completed = read(stripe, "checkout.session.completed").subject
    stripe.pay(page.id, outcome)
    word = "succeeded" if outcome == "paid" else "failed"
    decided = read(stripe, f"checkout.session.async_payment_{word}").subject
    assert isinstance(completed, Checkout)
    assert isinstance(decided, Checkout)
    assert (completed.status, completed.is_paid) == ("complete", False)
    assert decided.is_paid is (outcome == "paid")


def test_a_page_that_ended_and_a_card_that_was_declined_name_the_booking(stripe: StripeSandbox) -> None:
    wanted = order()
    page = open_checkout(wanted)
    stripe.pay(page.id, "failed")
    declined = read(stripe, "payment_intent.payment_failed").subject
    assert isinstance(declined, FailedPayment)
    assert (declined.uid, declined.code, declined.amount, declined.currency) == (
        wanted.uid,
        "card_declined",
        1500,
        "EUR",
    )
    closed = close_checkout(SCHOOL, page.id)
    assert read(stripe, "checkout.session.expired").subject == closed


def test_a_refund_tells_truthfully_how_it_stands(stripe: StripeSandbox) -> None:
    """INV-21"""
    wanted, intent = paid(stripe)
    stripe.change(SCHOOL, refunds="pending")
    made = refund(account_id=SCHOOL, payment_intent_id=intent, uid=wanted.uid)
    assert read(stripe, "refund.created").subject == made
    stripe.settle_refund(str(made.id), "failed")
    for kind in ("refund.updated", "refund.failed"):
        failed = read(stripe, kind).subject
        assert isinstance(failed, StripeRefund)
        assert (failed.id, failed.status, failed.reason) == (made.id, RefundStatus.FAILED, "lost_or_stolen_card")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("pending", "pending"),
        ("requires_action", "pending"),
        ("some_day", "pending"),
        ("succeeded", "completed"),
        ("failed", "failed"),
        ("canceled", "failed"),
    ],
)
def test_every_word_of_stripes_for_a_refund_is_one_of_ours(stripe: StripeSandbox, word: str, status: str) -> None:
    given_back = {"id": "re_1", "payment_intent": "pi_1", "status": word, "amount": 1500, "currency": "eur"}
    subject = parse_event(*signed(told("refund.updated", given_back))).subject
    assert isinstance(subject, StripeRefund)
    assert (subject.status, subject.uid) == (status, None)


def test_a_dispute_names_the_payment(stripe: StripeSandbox) -> None:
    _, intent = paid(stripe)
    stripe.dispute(intent, reason="product_not_received")
    opened = read(stripe, "charge.dispute.created").subject
    stripe.dispute(intent, outcome="lost")
    closed = read(stripe, "charge.dispute.closed").subject
    assert isinstance(opened, Dispute)
    assert isinstance(closed, Dispute)
    assert (opened.payment_intent_id, opened.status, opened.reason) == (
        intent,
        "needs_response",
        "product_not_received",
    )
    assert (opened.amount, opened.currency) == (1500, "EUR")
    assert (closed.id, closed.status) == (opened.id, "lost")


def test_an_account_that_changes_or_leaves_is_named(stripe: StripeSandbox) -> None:
    stripe.change(OWING, currently_due=["tos_acceptance.date"])
    changed = read(stripe, "account.updated")
    assert changed.subject == ConnectedAccount(id=OWING, charges_enabled=False, missing=("tos_acceptance.date",))
    stripe.change(SCHOOL, connected=False)
    left = read(stripe, "account.application.deauthorized")
    assert (left.account_id, left.subject) == (SCHOOL, None)


def test_an_event_that_we_do_not_serve_is_read_without_its_subject(stripe: StripeSandbox) -> None:
    event = parse_event(*signed(told("rug.sold", {"colour": "garish"}, livemode=True, account=None)))
    assert (event.type, event.subject, event.livemode, event.account_id) == ("rug.sold", None, True, None)


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("checkout.session.completed", {"id": "cs_1", "mode": "setup", "amount_total": None, "metadata": {}}),
        ("checkout.session.expired", {"id": "cs_1", "metadata": None}),
        ("payment_intent.payment_failed", {"id": "pi_1", "metadata": {"order": "7"}}),
        ("refund.created", {"id": "re_1", "payment_intent": None}),
        ("charge.dispute.created", {"id": "du_1", "payment_intent": None}),
    ],
)
def test_what_a_school_sells_without_us_is_none_of_our_business(
    stripe: StripeSandbox, kind: str, subject: dict[str, Any]
) -> None:
    """INV-15"""
    assert parse_event(*signed(told(kind, subject))).subject is None


def test_the_sandbox_sends_what_we_serve() -> None:
    assert {*SUBJECTS, "account.application.deauthorized"} == SUBSCRIBED


# Who tells it


@pytest.mark.parametrize("seconds", [-300, 0, 299, 300])
def test_the_clocks_may_differ_by_five_minutes_either_way(event: SignedEvent, seconds: int) -> None:
    """INV-30"""
    with time_machine.travel(clock.now(), tick=False):
        assert parse_event(*signed(json.loads(event.body), seconds)).id == event.id


@pytest.mark.parametrize("seconds", [-301, 301, 1_000_000])
def test_but_not_by_more(event: SignedEvent, seconds: int) -> None:
    """INV-30"""
    with time_machine.travel(clock.now(), tick=False), pytest.raises(InvalidWebhookSignature, match="300 seconds"):
        parse_event(*signed(json.loads(event.body), seconds))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_byte_that_was_altered_is_refused(event: SignedEvent, data: st.DataObject) -> None:
    """INV-30"""
    place = data.draw(st.integers(0, len(event.body) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != event.body[place]))
    altered = event.body[:place] + bytes([other]) + event.body[place + 1 :]
    with pytest.raises(InvalidWebhookSignature):
        parse_event(altered, event.signature)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(header="t=1,v1=é")
@example(header="t=noon,v1=00")
@given(header=st.text() | st.from_regex(r"t=[0-9a-zé]*,v1=[0-9a-fé]*", fullmatch=True))
def test_any_other_header_is_refused(event: SignedEvent, header: str) -> None:
    """INV-30"""
    with pytest.raises(InvalidWebhookSignature):
        parse_event(event.body, header)


def test_no_header_another_secret_and_another_scheme_are_refused(event: SignedEvent) -> None:
    """INV-30"""
    body, by_another = signed(json.loads(event.body), secret="whsec_of_another")
    for header in (None, "", by_another, event.signature.replace("v1=", "v0="), event.signature.split(",")[1]):
        with pytest.raises(InvalidWebhookSignature) as refusal:
            parse_event(body if header == by_another else event.body, header)
        assert (refusal.value.status, refusal.value.code) == (401, "INVALID_WEBHOOK_SIGNATURE")
        assert WEBHOOK_SECRET not in refusal.value.message


def test_while_stripe_rolls_the_secret_one_of_two_signatures_is_enough(event: SignedEvent) -> None:
    body, new = signed(json.loads(event.body), secret="whsec_that_comes")
    _, ours = signed(json.loads(event.body))
    assert parse_event(body, f"{new},{ours.split(',')[1]}").id == event.id


@pytest.mark.parametrize("secret", ["", "set-me", "any text"])
def test_until_an_operator_has_put_the_secret_in_nothing_is_believed(event: SignedEvent, secret: str) -> None:
    """Somebody could guess what stands there instead."""
    content = json.dumps({"secret_key": "sk_test_of_the_tests", "webhook_secret": secret})
    boto3.client("secretsmanager").put_secret_value(SecretId="stripe", SecretString=content)
    deployment._secrets_provider.cache_clear()
    with pytest.raises(StripeUnavailable):
        parse_event(*signed(json.loads(event.body), secret=secret))
