"""Whatever a seat may cost, Stripe charges just that, and gives just that back."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from immersio.payment.stripe_checkout import load_checkout, open_checkout
from immersio.payment.stripe_refunds import refund
from immersio.workshop.currencies import CHARGED, HIGHEST_PRICE, check_price
from kernel.errors import InvalidInput
from local.sandboxes.stripe_amounts import SMALLEST
from tests.support.stripe import StripeSandbox
from tests.support.stripe_orders import SCHOOL, order


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    currency=st.sampled_from(sorted(CHARGED)),
    price=st.integers(1, HIGHEST_PRICE) | st.integers(1, HIGHEST_PRICE // 100).map(lambda whole: whole * 100),
)
def test_a_price_that_a_workshop_may_have_is_charged_and_refunded_as_it_is(
    stripe: StripeSandbox, currency: str, price: int
) -> None:
    """INV-22"""
    assume(price >= SMALLEST.get(currency.lower(), 1))
    try:
        check_price(price, currency)
    except InvalidInput:
        assume(False)
    wanted = order(amount=price, currency=currency)
    page = open_checkout(wanted)
    assert (page.amount, page.currency) == (price, currency)
    stripe.pay(page.id)
    intent = load_checkout(SCHOOL, page.id).payment_intent_id
    assert intent
    back = refund(account_id=SCHOOL, payment_intent_id=intent, uid=wanted.uid)
    assert (back.amount, back.currency) == (price, currency)


@pytest.mark.parametrize(("price", "currency"), [(1501, "KWD"), (1550, "ISK")])
def test_a_price_that_a_workshop_may_not_have_would_be_refused_by_stripe_too(
    stripe: StripeSandbox, price: int, currency: str
) -> None:
    """INV-22"""
    with pytest.raises(InvalidInput):
        check_price(price, currency)
    opened = stripe.post(
        "/v1/checkout/sessions",
        headers={"Stripe-Account": SCHOOL},
        data={
            "mode": "payment",
            "success_url": "https://school.example.com",
            "line_items[0][quantity]": 1,
            "line_items[0][price_data][currency]": currency.lower(),
            "line_items[0][price_data][unit_amount]": price,
            "line_items[0][price_data][product_data][name]": "Yoga",
        },
    )
    assert opened.status_code == 400
