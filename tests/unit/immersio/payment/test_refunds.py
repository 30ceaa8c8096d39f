"""Money that goes back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import stripe as stripes
import time_machine
from stripe.params import RefundCreateParams

from immersio.payment.model import RefundStatus, StripeRefund
from immersio.payment.stripe_refunds import refund
from kernel import clock
from kernel.errors import StripeNotConfigured, StripeUnavailable
from tests.support.stripe import KEY, StripeSandbox
from tests.support.stripe_orders import SCHOOL, STRANGER, paid


def give_back(uid: str, intent: str, attempt: int = 1, account: str = SCHOOL) -> StripeRefund:
    return refund(account_id=account, payment_intent_id=intent, uid=uid, attempt=attempt)


def given_back(stripe: StripeSandbox) -> int:
    return sum(each["amount_refunded"] for each in stripe.state["charges"])


def by_hand(stripe: StripeSandbox, intent: str, amount: int) -> None:
    """The school refunds at Stripe, without us."""
    client = stripes.StripeClient(KEY, base_addresses={"api": stripe.url})
    params: RefundCreateParams = {"payment_intent": intent, "amount": amount}
    client.v1.refunds.create(params, {"stripe_account": SCHOOL})


def test_everything_that_was_paid_goes_back(stripe: StripeSandbox) -> None:
    order, intent = paid(stripe)
    made = give_back(order.uid, intent)
    assert (made.status, made.amount, made.currency) == (RefundStatus.COMPLETED, 1500, "EUR")
    assert (made.uid, made.payment_intent_id, made.reason) == (order.uid, intent, None)
    (there,) = stripe.state["refunds"]
    assert (there["account"], there["id"], there["metadata"]) == (SCHOOL, made.id, {"booking_uid": order.uid})


def test_asked_for_twice_it_goes_back_once(stripe: StripeSandbox) -> None:
    """INV-11"""
    order, intent = paid(stripe)
    with ThreadPoolExecutor(8) as threads:
        refunds = list(threads.map(lambda _: give_back(order.uid, intent), range(8)))
    assert len(set(refunds)) == 1
    assert given_back(stripe) == 1500


def test_a_day_later_when_stripe_has_forgotten_the_key_it_still_goes_back_once(stripe: StripeSandbox) -> None:
    """INV-11"""
    order, intent = paid(stripe)
    first = give_back(order.uid, intent)
    with time_machine.travel(clock.now() + timedelta(hours=25), tick=True):
        assert give_back(order.uid, intent) == first
    assert len(stripe.state["refunds"]) == 1


def test_an_answer_that_was_lost_does_not_refund_twice(stripe: StripeSandbox) -> None:
    """INV-11"""
    order, intent = paid(stripe)
    stripe.fail(path="/v1/refunds", status=500, afterEffect=True)
    assert give_back(order.uid, intent).status is RefundStatus.COMPLETED
    assert len(stripe.state["refunds"]) == 1


def test_a_refund_that_waits_is_pending_until_it_arrives(stripe: StripeSandbox) -> None:
    """INV-21: also for who asks again, although Stripe then repeats what it said first."""
    order, intent = paid(stripe)
    stripe.change(SCHOOL, refunds="pending")
    waiting = give_back(order.uid, intent)
    assert waiting.status is RefundStatus.PENDING
    stripe.settle_refund(str(waiting.id), "succeeded")
    assert give_back(order.uid, intent).status is RefundStatus.COMPLETED


def test_a_refund_that_failed_says_why_and_is_made_again_only_by_another_attempt(stripe: StripeSandbox) -> None:
    """INV-21"""
    order, intent = paid(stripe)
    stripe.change(SCHOOL, refunds="failed")
    give_back(order.uid, intent)
    failed = give_back(order.uid, intent)
    assert (failed.status, failed.reason) == (RefundStatus.FAILED, "lost_or_stolen_card")
    assert given_back(stripe) == 0
    stripe.change(SCHOOL, refunds="succeeded")
    assert give_back(order.uid, intent) == failed
    assert give_back(order.uid, intent, attempt=2).status is RefundStatus.COMPLETED
    assert given_back(stripe) == 1500


def test_what_the_school_gave_back_by_hand_is_not_given_again(stripe: StripeSandbox) -> None:
    order, intent = paid(stripe)
    by_hand(stripe, intent, 1000)
    by_hand(stripe, intent, 500)
    found = give_back(order.uid, intent)
    assert (found.status, found.amount, found.uid) == (RefundStatus.COMPLETED, 1500, None)
    assert given_back(stripe) == 1500


def test_after_a_part_was_given_by_hand_the_rest_goes_back(stripe: StripeSandbox) -> None:
    order, intent = paid(stripe)
    by_hand(stripe, intent, 1000)
    assert give_back(order.uid, intent).amount == 500


def test_parts_by_hand_are_pending_while_one_of_them_is(stripe: StripeSandbox) -> None:
    order, intent = paid(stripe)
    stripe.change(SCHOOL, refunds="pending")
    by_hand(stripe, intent, 1000)
    stripe.change(SCHOOL, refunds="succeeded")
    by_hand(stripe, intent, 500)
    assert give_back(order.uid, intent).status is RefundStatus.PENDING


def test_what_stripe_refuses_is_a_refund_that_failed(stripe: StripeSandbox) -> None:
    """INV-21"""
    order, intent = paid(stripe)
    stripe.dispute(intent)
    refused = give_back(order.uid, intent)
    assert (refused.status, refused.id, refused.amount, refused.reason) == (
        RefundStatus.FAILED,
        None,
        0,
        "charge_disputed",
    )


def test_nothing_is_refunded_from_another_schools_account(stripe: StripeSandbox) -> None:
    order, intent = paid(stripe)
    assert give_back(order.uid, intent, account=STRANGER).reason == "resource_missing"
    assert given_back(stripe) == 0


def test_an_account_that_left_and_a_stripe_that_is_down_are_told_apart(stripe: StripeSandbox) -> None:
    order, intent = paid(stripe)
    stripe.fail(path="/v1/refunds", status=500, times=3)
    with pytest.raises(StripeUnavailable, match="the refund is not made yet"):
        give_back(order.uid, intent)
    stripe.change(SCHOOL, connected=False)
    with pytest.raises(StripeNotConfigured):
        give_back(order.uid, intent)
