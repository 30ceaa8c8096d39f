"""The Stripe sandbox answers Stripe's own client as Stripe does, and keeps what it is told."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import stripe
from flask import Flask

from local.sandboxes.stripe import PLATFORM, Account
from local.sandboxes.stripe_books import Refused
from local.sandboxes.stripe_params import Params
from local.sandboxes.stripe_wire import params, unfolded
from tests.support.stripe import KEY, StripeSandbox, stripe_sandbox

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def sandbox() -> Iterator[StripeSandbox]:
    with stripe_sandbox(
        Account("acct_ready", "Ready", country="DE", currency="eur"),
        Account("acct_new", "New", currently_due=["external_account"]),
        Account("acct_taken_away", "Away", is_connected=False),
    ) as sandbox:
        yield sandbox


def client(sandbox: StripeSandbox, key: str = KEY, retries: int = 0) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": sandbox.url},
        max_network_retries=retries,
        http_client=stripe.RequestsClient(timeout=60),
    )


def error(answer: requests.Response) -> dict[str, Any]:
    told: dict[str, Any] = answer.json()["error"]
    return told


def test_stripes_own_client_reads_an_account(sandbox: StripeSandbox) -> None:
    account = client(sandbox).v1.accounts.retrieve("acct_ready")
    assert (account.object, account.id, account.charges_enabled) == ("account", "acct_ready", True)
    assert (account.country, account.default_currency) == ("DE", "eur")


def test_an_account_that_owes_stripe_something_cannot_charge(sandbox: StripeSandbox) -> None:
    account = client(sandbox).v1.accounts.retrieve("acct_new")
    assert account.requirements
    assert (account.charges_enabled, account.requirements.currently_due) == (False, ["external_account"])


def test_ones_own_account_is_the_platforms_and_on_behalf_of_a_school_the_schools(sandbox: StripeSandbox) -> None:
    own = client(sandbox).v1.accounts
    assert own.retrieve_current().id == PLATFORM
    assert own.retrieve_current(options={"stripe_account": "acct_ready"}).id == "acct_ready"


@pytest.mark.parametrize("account", ["acct_nobody", "acct_taken_away"])
def test_of_an_account_that_is_not_connected_nothing_is_told(sandbox: StripeSandbox, account: str) -> None:
    with pytest.raises(stripe.PermissionError, match=f"does not have access to account '{account}'") as refusal:
        client(sandbox).v1.accounts.retrieve(account)
    assert refusal.value.http_status == 403
    assert refusal.value.error
    assert (refusal.value.error.code, refusal.value.error.type) == ("account_invalid", "invalid_request_error")
    with pytest.raises(stripe.PermissionError):
        client(sandbox).v1.accounts.retrieve_current(options={"stripe_account": account})


def test_a_key_is_asked_for_and_must_be_right(sandbox: StripeSandbox) -> None:
    nobody = sandbox.get("/v1/account", key=None)
    assert (nobody.status_code, error(nobody)["type"]) == (401, "invalid_request_error")
    with pytest.raises(stripe.AuthenticationError, match=r"Invalid API Key provided: sk_test_\*+ther$"):
        client(sandbox, "sk_test_of_another").v1.accounts.retrieve_current()
    assert sandbox.get("/v1/account", key=None, auth=(KEY, "")).status_code == 200


def test_a_parameter_that_stripe_does_not_know_is_refused(sandbox: StripeSandbox) -> None:
    answer = sandbox.get("/v1/accounts/acct_ready?colour[of][rug]=red")
    assert answer.status_code == 400
    assert error(answer) == {
        "code": "parameter_unknown",
        "doc_url": "https://stripe.com/docs/error-codes/parameter-unknown",
        "message": "Received unknown parameter: colour",
        "param": "colour",
        "type": "invalid_request_error",
    }
    both = sandbox.get("/v1/accounts/acct_ready?colour=red&size=1")
    assert error(both)["message"] == "Received unknown parameters: colour, size"
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded") as refusal:
        client(sandbox).v1.accounts.retrieve("acct_ready", {"expand": ["rug"]})
    assert refusal.value.http_status == 400


class Item(Params):
    quantity: int


class Order(Params):
    items: list[Item]


@pytest.mark.parametrize(
    ("sent", "code", "param"),
    [
        ("items[0][quantity]=1&items[1][colour]=red&items[1][quantity]=1", "parameter_unknown", "items[1][colour]"),
        ("items[0][expand][]=a", "parameter_missing", "items[0][quantity]"),
        ("items[0][quantity]=many", "parameter_invalid_integer", "items[0][quantity]"),
        ("items=1", None, "items"),
        ("", "parameter_missing", "items"),
    ],
)
def test_what_is_wrong_in_a_form_is_named_as_the_form_spells_it(sent: str, code: str | None, param: str) -> None:
    """Forms with depth are what payments will need; the accounts here take none."""
    request = Flask("form").test_request_context("/", method="POST", data=sent, content_type=FORM)
    with request, pytest.raises(Refused) as refusal:
        params(Order)
    assert (refusal.value.status, refusal.value.error.get("code"), refusal.value.error["param"]) == (400, code, param)


def test_brackets_unfold_as_stripes_client_folds_them() -> None:
    pairs = [("a", "1"), ("b[c][d]", "2"), ("b[c][e]", "3"), ("list[0][x]", "4"), ("list[1][x]", "5"), ("flat[]", "6")]
    assert unfolded([*pairs, ("flat[]", "7")]) == {
        "a": "1",
        "b": {"c": {"d": "2", "e": "3"}},
        "list": [{"x": "4"}, {"x": "5"}],
        "flat": ["6", "7"],
    }


def test_an_address_or_a_version_that_there_is_not_is_refused(sandbox: StripeSandbox) -> None:
    elsewhere = sandbox.get("/v1/rugs")
    assert elsewhere.status_code == 404
    assert error(elsewhere)["message"].startswith("Unrecognized request URL (GET: /v1/rugs).")
    deleted = requests.delete(f"{sandbox.url}/v1/account", timeout=60)
    assert "(DELETE: /v1/account)" in error(deleted)["message"]
    yesterday = sandbox.get("/v1/account", headers={"Stripe-Version": "yesterday"})
    assert (yesterday.status_code, error(yesterday)["message"]) == (400, "Invalid Stripe API version: yesterday")


def test_every_answer_has_its_number_and_says_in_which_version_it_is(sandbox: StripeSandbox) -> None:
    version = {"Stripe-Version": "2026-10-28.endive"}
    one, other = (sandbox.get("/v1/account", headers=version).headers for _ in range(2))
    assert one["Request-Id"] != other["Request-Id"]
    assert one["Stripe-Version"] == "2026-10-28.endive"


def test_what_a_holder_does_is_seen_by_the_next_request(sandbox: StripeSandbox) -> None:
    sandbox.change("acct_new", currently_due=[])
    assert client(sandbox).v1.accounts.retrieve("acct_new").charges_enabled
    sandbox.change("acct_new", connected=False)
    assert sandbox.get("/v1/accounts/acct_new").status_code == 403
    assert sandbox.accounts["acct_new"]["connected"] is False
    assert sandbox.control("/_change", {"account_id": "acct_nobody"}).status_code == 404
    assert sandbox.control("/_change", {"account_id": "acct_new", "colour": "red"}).status_code == 400


def test_it_fails_when_told_to_and_the_client_tries_again(sandbox: StripeSandbox) -> None:
    sandbox.fail(path="/v1/account", status=503)
    with pytest.raises(stripe.APIError):
        client(sandbox).v1.accounts.retrieve_current()
    sandbox.fail(path="/v1/account", status=503)
    assert client(sandbox, retries=1).v1.accounts.retrieve_current().id == PLATFORM
