"""Stripe's sandbox with the accounts of two schools, and Stripe's own client."""

from collections.abc import Iterator

import pytest
import stripe

from local.sandboxes.stripe import Account
from tests.support.stripe import KEY, StripeSandbox, stripe_sandbox
from tests.support.stripe_shop import OTHER, OWING, SCHOOL


@pytest.fixture
def sandbox() -> Iterator[StripeSandbox]:
    with stripe_sandbox(
        Account(SCHOOL, "School", country="DE", currency="eur"),
        Account(OTHER, "Other"),
        Account(OWING, "Owing", currently_due=["external_account"]),
    ) as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: StripeSandbox) -> stripe.StripeClient:
    return stripe.StripeClient(KEY, base_addresses={"api": sandbox.url}, http_client=stripe.RequestsClient(timeout=60))
