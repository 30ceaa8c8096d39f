"""Seats that somebody is to pay."""

from datetime import timedelta
from itertools import count
from typing import Any

from immersio.payment.model import Order
from immersio.payment.stripe_checkout import open_checkout
from kernel import clock
from tests.support.stripe import StripeSandbox

SCHOOL, STRANGER, OWING = "acct_school", "acct_stranger", "acct_owing"

_numbers = count()


def order(**changes: Any) -> Order:
    wanted = {
        "account_id": SCHOOL,
        "uid": f"booking_{next(_numbers)}",
        "title": "Business English für alle",
        "email": "ada@example.com",
        "amount": 1500,
        "currency": "EUR",
        "expires_at": clock.now() + timedelta(minutes=45),
        "success_url": "https://school.booking.immersio.com/thanks",
        "cancel_url": "https://school.booking.immersio.com/back",
        **changes,
    }
    return Order.model_validate(wanted)


def paid(stripe: StripeSandbox, **changes: Any) -> tuple[Order, str]:
    """An order, and the intent it was paid with."""
    wanted = order(**changes)
    session = stripe.pay(open_checkout(wanted).id)["session"]
    return wanted, str(session["payment_intent"])
