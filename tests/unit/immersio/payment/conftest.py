"""Our own code, and Stripe's sandbox with the accounts of two schools at the other end."""

from collections.abc import Iterator

import pytest

from local.sandboxes.stripe import Account
from tests.support import world as worlds
from tests.support.inside import forget_clients, mocked
from tests.support.stripe import StripeSandbox, stripe_sandbox
from tests.support.stripe_orders import OWING, SCHOOL, STRANGER


@pytest.fixture
def stripe(monkeypatch: pytest.MonkeyPatch) -> Iterator[StripeSandbox]:
    accounts = (
        Account(SCHOOL, "School", country="DE", currency="eur"),
        Account(STRANGER, "Another school"),
        Account(OWING, "Owing", currently_due=["external_account"]),
    )
    with stripe_sandbox(*accounts) as sandbox, mocked():
        forget_clients()
        for name, value in {**worlds.create_aws(), "STRIPE_BASE_URL": sandbox.url}.items():
            monkeypatch.setenv(name, value)
        yield sandbox
    forget_clients()
