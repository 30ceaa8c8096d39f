"""Refunds and disputes of the Stripe sandbox."""

import threading
from contextlib import suppress
from typing import Any

import pytest
import stripe

from tests.support.stripe import StripeSandbox
from tests.support.stripe_shop import SCHOOL, opened, paid, refunded, told


def charge(sandbox: StripeSandbox) -> dict[str, Any]:
    charges: list[dict[str, Any]] = sandbox.state["charges"]
    return charges[-1]


def test_a_refund_gives_everything_back_once(client: stripe.StripeClient, sandbox: StripeSandbox) -> None:
    intent = paid(client, sandbox)
    refund = refunded(client, intent)
    assert (refund.status, refund.amount, refund.payment_intent) == ("succeeded", 1500, intent)
    assert (charge(sandbox)["amount_refunded"], charge(sandbox)["refunded"]) == (1500, True)
    with pytest.raises(stripe.InvalidRequestError, match="has already been refunded") as refusal:
        refunded(client, intent)
    assert refusal.value.code == "charge_already_refunded"
    assert client.v1.refunds.retrieve(refund.id, options={"stripe_account": SCHOOL}).status == "succeeded"
    assert told(sandbox)[-2:] == ["charge.refunded", "refund.created"]


def test_no_more_is_refunded_than_was_paid(client: stripe.StripeClient, sandbox: StripeSandbox) -> None:
    intent = paid(client, sandbox)
    for too_much in (1501, 0, -1):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            refunded(client, intent, too_much)
        assert refusal.value.param == "amount"
    refunded(client, intent, 1000)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded amount"):
        refunded(client, intent, 501)
    assert refunded(client, intent).amount == 500


def test_what_was_not_paid_is_not_refunded(client: stripe.StripeClient, sandbox: StripeSandbox) -> None:
    session = sandbox.pay(opened(client).id, "failed")["session"]
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge to refund"):
        refunded(client, session["payment_intent"])
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent"):
        refunded(client, "pi_nobody")
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param: charge"):
        client.v1.refunds.create({}, {"stripe_account": SCHOOL})


def test_a_refund_may_wait_for_money_and_then_arrive(client: stripe.StripeClient, sandbox: StripeSandbox) -> None:
    sandbox.change(SCHOOL, refunds="pending")
    refund = refunded(client, paid(client, sandbox))
    assert (refund.status, refund.pending_reason) == ("pending", "insufficient_funds")
    assert sandbox.settle_refund(refund.id, "succeeded")["refund"]["status"] == "succeeded"
    assert told(sandbox)[-1] == "refund.updated"
    assert sandbox.control(f"/_refund/{refund.id}", {"outcome": "succeeded"}).status_code == 409


def test_a_refund_that_fails_can_be_made_again(client: stripe.StripeClient, sandbox: StripeSandbox) -> None:
    """As with Stripe's test cards, it seems to have arrived at first."""
    intent = paid(client, sandbox)
    sandbox.change(SCHOOL, refunds="failed")
    failed = refunded(client, intent)
    now_told = client.v1.refunds.retrieve(failed.id, options={"stripe_account": SCHOOL})
    assert (failed.status, now_told.status, now_told.failure_reason) == ("succeeded", "failed", "lost_or_stolen_card")
    assert told(sandbox)[-3:] == ["refund.created", "refund.updated", "refund.failed"]
    sandbox.change(SCHOOL, refunds="succeeded")
    assert refunded(client, intent).amount == 1500
    found = client.v1.refunds.list({"payment_intent": intent}, {"stripe_account": SCHOOL})
    assert [each.status for each in found.data] == ["succeeded", "failed"]


def test_what_is_disputed_is_not_refunded_as_well(client: stripe.StripeClient, sandbox: StripeSandbox) -> None:
    intent = paid(client, sandbox)
    assert sandbox.dispute(intent, reason="product_not_received")["dispute"]["status"] == "needs_response"
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        refunded(client, intent)
    assert refusal.value.code == "charge_disputed"
    assert sandbox.dispute(intent, outcome="lost")["dispute"]["status"] == "lost"
    assert sandbox.control(f"/_dispute/{intent}", {"outcome": "won"}).status_code == 409
    assert told(sandbox)[-2:] == ["charge.dispute.created", "charge.dispute.closed"]


def test_many_who_refund_at_once_refund_once(client: stripe.StripeClient, sandbox: StripeSandbox) -> None:
    intent = paid(client, sandbox)
    threads = [threading.Thread(target=_refund_or_not, args=[client, intent]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sandbox.state["refunds"]) == 1


def _refund_or_not(client: stripe.StripeClient, intent: str) -> None:
    with suppress(stripe.InvalidRequestError):
        refunded(client, intent)
