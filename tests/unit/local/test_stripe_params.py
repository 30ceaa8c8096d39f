"""What may be sent to the Stripe sandbox, and sent again."""

from typing import Any

import pytest
import stripe
import time_machine
from stripe.params import EventListParams, RefundCreateParams, RefundListParams
from stripe.params.checkout import SessionCreateParams, _session_create_params

from kernel import clock
from local.sandboxes import stripe_params
from local.sandboxes.stripe_params import Part
from tests.support.stripe import KEY, StripeSandbox
from tests.support.stripe_shop import OTHER, SCHOOL, opened, wish

HOUR = 3600

PARAMS: list[tuple[type[Part], Any]] = [
    (stripe_params.CreateSession, SessionCreateParams),
    (stripe_params.LineItem, _session_create_params.SessionCreateParamsLineItem),
    (stripe_params.PriceData, _session_create_params.SessionCreateParamsLineItemPriceData),
    (stripe_params.ProductData, _session_create_params.SessionCreateParamsLineItemPriceDataProductData),
    (stripe_params.PaymentIntentData, _session_create_params.SessionCreateParamsPaymentIntentData),
    (stripe_params.AdaptivePricing, _session_create_params.SessionCreateParamsAdaptivePricing),
    (stripe_params.CreateRefund, RefundCreateParams),
    (stripe_params.ListRefunds, RefundListParams),
    (stripe_params.ListEvents, EventListParams),
]


@pytest.mark.parametrize(("ours", "stripes"), PARAMS, ids=lambda one: one.__name__)
def test_no_parameter_is_taken_that_stripes_own_client_does_not_know(ours: type[Part], stripes: Any) -> None:
    """A call with a parameter of our own making worked here, and was refused by Stripe."""
    assert ours.model_fields.keys() - stripes.__annotations__.keys() == set()


def test_the_same_key_and_parameters_give_the_same_answer_and_make_nothing_new(
    client: stripe.StripeClient, sandbox: StripeSandbox
) -> None:
    options: stripe.RequestOptions = {"stripe_account": SCHOOL, "idempotency_key": "booking_1"}
    first = client.v1.checkout.sessions.create(wish(), options)
    sandbox.pay(first.id)
    again = client.v1.checkout.sessions.create(wish(), options)
    assert again.to_dict() == first.to_dict()
    assert again.last_response
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(sandbox.state["sessions"]) == 1


def test_a_key_is_of_one_account_one_address_and_the_same_parameters(
    client: stripe.StripeClient, sandbox: StripeSandbox
) -> None:
    options: stripe.RequestOptions = {"stripe_account": SCHOOL, "idempotency_key": "booking_1"}
    session = client.v1.checkout.sessions.create(wish(), options)
    with pytest.raises(stripe.IdempotencyError, match="same parameters") as refusal:
        client.v1.checkout.sessions.create(wish(1600), options)
    assert refusal.value.http_status == 400
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        client.v1.checkout.sessions.expire(session.id, options=options)
    other = client.v1.checkout.sessions.create(wish(1600), {**options, "stripe_account": OTHER})
    assert other.id != session.id
    assert len(sandbox.state["sessions"]) == 2


def test_a_refusal_is_remembered_only_if_the_method_had_begun(client: stripe.StripeClient) -> None:
    options: stripe.RequestOptions = {"stripe_account": SCHOOL, "idempotency_key": "booking_1"}
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.create(wish(mode="gift"), options)
    with pytest.raises(stripe.InvalidRequestError, match="at least 50"):
        client.v1.checkout.sessions.create(wish(49), options)
    with pytest.raises(stripe.IdempotencyError):
        client.v1.checkout.sessions.create(wish(50), options)


def test_a_key_is_forgotten_after_a_day(client: stripe.StripeClient) -> None:
    options: stripe.RequestOptions = {"stripe_account": SCHOOL, "idempotency_key": "booking_1"}
    first = client.v1.checkout.sessions.create(wish(), options)
    with time_machine.travel(clock.now(), tick=True) as time:
        time.shift(24 * HOUR - 60)
        assert client.v1.checkout.sessions.create(wish(), options).id == first.id
        time.shift(61)
        assert client.v1.checkout.sessions.create(wish(), options).id != first.id


def test_an_answer_that_was_lost_is_given_again(sandbox: StripeSandbox) -> None:
    client = stripe.StripeClient(KEY, base_addresses={"api": sandbox.url}, max_network_retries=1)
    sandbox.fail(path="/v1/checkout", status=500, afterEffect=True)
    assert opened(client).id == sandbox.state["sessions"][0]["id"]
    assert len(sandbox.state["sessions"]) == 1
