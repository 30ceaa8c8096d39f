"""Sessions of the Stripe sandbox: opened, paid, declined and closed as Stripe does it."""

from typing import Any

import pytest
import stripe
import time_machine

from kernel import clock
from local.sandboxes.stripe import PLATFORM
from tests.support.stripe import StripeSandbox
from tests.support.stripe_shop import OTHER, OWING, SCHOOL, opened, paid, told

HOUR = 3600


def now() -> int:
    return clock.epoch(clock.now())


def charge(sandbox: StripeSandbox) -> dict[str, Any]:
    charges: list[dict[str, Any]] = sandbox.state["charges"]
    return charges[-1]


def test_a_session_is_open_on_the_account_it_was_made_on_and_nowhere_else(client: stripe.StripeClient) -> None:
    session = opened(client)
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert (session.amount_total, session.currency, session.livemode) == (1500, "eur", False)
    assert session.metadata
    assert session.metadata["booking_uid"] == session.client_reference_id == "booking_1"
    assert session.expires_at in range(now() + 24 * HOUR - 5, now() + 24 * HOUR + 1)
    same = client.v1.checkout.sessions.retrieve(session.id, options={"stripe_account": SCHOOL})
    assert same.to_dict() == session.to_dict()
    for elsewhere in (OTHER, PLATFORM):
        with pytest.raises(stripe.InvalidRequestError, match=r"No such checkout\.session") as refusal:
            client.v1.checkout.sessions.retrieve(session.id, options={"stripe_account": elsewhere})
        assert (refusal.value.http_status, refusal.value.code) == (404, "resource_missing")


def test_a_paid_session_is_complete_with_its_intent_its_charge_and_its_customer(
    client: stripe.StripeClient, sandbox: StripeSandbox
) -> None:
    session = opened(client, customer_creation="always")
    sandbox.pay(session.id)
    done = client.v1.checkout.sessions.retrieve(session.id, options={"stripe_account": SCHOOL})
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert str(done.customer).startswith("cus_")
    intent = client.v1.payment_intents.retrieve(str(done.payment_intent), options={"stripe_account": SCHOOL})
    assert (intent.status, intent.amount_received, intent.metadata["booking_uid"]) == ("succeeded", 1500, "booking_1")
    held = client.v1.charges.retrieve(str(intent.latest_charge), options={"stripe_account": SCHOOL})
    assert (held.paid, held.amount_refunded, held.metadata["booking_uid"]) == (True, 0, "booking_1")
    assert told(sandbox)[-2:] == ["payment_intent.succeeded", "checkout.session.completed"]


def test_nobody_pays_twice_or_what_is_closed(client: stripe.StripeClient, sandbox: StripeSandbox) -> None:
    session = opened(client)
    sandbox.pay(session.id)
    assert sandbox.control(f"/_pay/{session.id}", {"outcome": "paid"}).status_code == 409
    closed = opened(client)
    client.v1.checkout.sessions.expire(closed.id, options={"stripe_account": SCHOOL})
    assert sandbox.control(f"/_pay/{closed.id}", {"outcome": "paid"}).status_code == 409
    assert sandbox.control("/_pay/cs_test_nobody", {"outcome": "paid"}).status_code == 404
    assert sandbox.control(f"/_pay/{closed.id}", {"outcome": "stolen"}).status_code == 400
    assert len(sandbox.state["charges"]) == 1


def test_a_declined_card_leaves_the_session_open_for_another(
    client: stripe.StripeClient, sandbox: StripeSandbox
) -> None:
    session = opened(client)
    declined = sandbox.pay(session.id, "failed")["session"]
    assert (declined["status"], declined["payment_status"]) == ("open", "unpaid")
    intent = sandbox.state["payment_intents"][0]
    assert (intent["status"], intent["last_payment_error"]["code"]) == ("requires_payment_method", "card_declined")
    done = sandbox.pay(session.id)["session"]
    assert (done["status"], done["payment_intent"]) == ("complete", intent["id"])
    assert told(sandbox).count("payment_intent.payment_failed") == 1


@pytest.mark.parametrize("outcome", ["paid", "failed"])
def test_a_payment_that_takes_days_completes_first_and_is_decided_later(
    client: stripe.StripeClient, sandbox: StripeSandbox, outcome: str
) -> None:
    session = opened(client)
    waiting = sandbox.pay(session.id, "processing")["session"]
    assert (waiting["status"], waiting["payment_status"]) == ("complete", "unpaid")
    done = sandbox.pay(session.id, outcome)["session"]
    assert (done["status"], done["payment_status"]) == ("complete", "paid" if outcome == "paid" else "unpaid")
    word = "succeeded" if outcome == "paid" else "failed"
    sessions = [kind for kind in told(sandbox) if kind.startswith("checkout.session.")]
    assert sessions == ["checkout.session.completed", f"checkout.session.async_payment_{word}"]


def test_a_session_is_closed_once_and_only_while_it_is_open(
    client: stripe.StripeClient, sandbox: StripeSandbox
) -> None:
    session = opened(client)
    sandbox.pay(session.id, "failed")
    closed = client.v1.checkout.sessions.expire(session.id, options={"stripe_account": SCHOOL})
    assert (closed.status, closed.url) == ("expired", None)
    assert sandbox.state["payment_intents"][0]["status"] == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match=r'status in \["open"\] can be expired.*`expired`'):
        client.v1.checkout.sessions.expire(session.id, options={"stripe_account": SCHOOL})
    assert told(sandbox).count("checkout.session.expired") == 1


def test_a_session_expires_when_its_time_is_over(client: stripe.StripeClient, sandbox: StripeSandbox) -> None:
    session = opened(client, expires_at=now() + 31 * 60)
    with time_machine.travel(clock.now(), tick=True) as time:
        time.shift(30 * 60)
        assert sandbox.state["sessions"][0]["status"] == "open"
        time.shift(60 + 1)
        assert sandbox.control(f"/_pay/{session.id}", {"outcome": "paid"}).status_code == 409
        assert sandbox.state["sessions"][0]["status"] == "expired"
        assert told(sandbox) == ["checkout.session.expired"]


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"adaptive_pricing": {"currency": "usd"}}, "parameter_unknown", "adaptive_pricing[currency]"),
        ({"mode": "gift"}, None, "mode"),
        ({"success_url": "thanks"}, "url_invalid", "success_url"),
        ({"customer_email": "ada"}, "email_invalid", "customer_email"),
        ({"customer_email": ""}, "parameter_invalid_empty", "customer_email"),
        ({"line_items": []}, "parameter_missing", "line_items"),
        ({"metadata": {"k" * 41: "v"}}, None, None),
        ({"metadata": {"k": "v" * 501}}, None, None),
        ({"metadata": {str(number): "v" for number in range(51)}}, None, "metadata"),
        ({"client_reference_id": "r" * 201}, None, "client_reference_id"),
        ({"expires_at": 30 * 60 - 5}, None, "expires_at"),
        ({"expires_at": 24 * HOUR + 60}, None, "expires_at"),
        ({"currency": "xxx"}, None, "line_items[0][price_data][currency]"),
        ({"amount": 49}, "amount_too_small", None),
        ({"amount": 0}, "amount_too_small", None),
        ({"amount": -1}, None, "line_items[0][price_data][unit_amount]"),
        ({"amount": 100_000_000}, "amount_too_large", None),
        ({"currency": "jpy", "amount": 49}, "amount_too_small", None),
        ({"currency": "kwd", "amount": 1501}, None, None),
        ({"currency": "isk", "amount": 1501}, None, None),
    ],
    ids=str,
)
def test_what_stripe_would_refuse_is_refused(
    client: stripe.StripeClient, sandbox: StripeSandbox, changes: dict[str, Any], code: str | None, param: str | None
) -> None:
    if "expires_at" in changes:
        changes = {"expires_at": now() + changes["expires_at"]}
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        opened(client, **changes)
    assert (refusal.value.http_status, refusal.value.code) == (400, code)
    if param:
        assert refusal.value.param == param
    assert sandbox.state["sessions"] == []


@pytest.mark.parametrize(
    ("amount", "currency"), [(50, "jpy"), (1510, "kwd"), (1500, "isk"), (99_999_999, "usd"), (30, "gbp"), (1, "xof")]
)
def test_amounts_of_every_kind_of_currency_are_charged_as_they_are(
    client: stripe.StripeClient, sandbox: StripeSandbox, amount: int, currency: str
) -> None:
    """INV-22"""
    paid(client, sandbox, amount=amount, currency=currency)
    assert (charge(sandbox)["amount"], charge(sandbox)["currency"]) == (amount, currency)


@pytest.mark.parametrize(("seconds", "is_taken"), [(30 * 60 + 5, True), (24 * HOUR - 5, True)])
def test_a_session_lasts_from_half_an_hour_to_a_day(client: stripe.StripeClient, seconds: int, is_taken: bool) -> None:
    assert opened(client, expires_at=now() + seconds).status == "open"


def test_an_account_that_may_not_charge_or_has_left_takes_no_money(
    client: stripe.StripeClient, sandbox: StripeSandbox
) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot currently make live charges"):
        opened(client, account=OWING)
    sandbox.change(SCHOOL, connected=False)
    with pytest.raises(stripe.PermissionError, match="does not have access"):
        opened(client)


def test_a_curious_person_pays_on_the_page(client: stripe.StripeClient, sandbox: StripeSandbox) -> None:
    session = opened(client)
    path = str(session.url).removeprefix(sandbox.url)
    page = sandbox.get(path)
    assert "Yoga für alle" in page.text
    assert "15.00 EUR" in page.text
    declined = sandbox.post(path, data={"outcome": "failed"})
    assert "The card was declined" in declined.text
    done = sandbox.post(path, data={"outcome": "paid"}, allow_redirects=False)
    assert (done.status_code, done.headers["Location"]) == (
        303,
        f"https://school.example.com/thanks?session={session.id}",
    )
    assert "Nothing can be paid here" in sandbox.get(path).text
