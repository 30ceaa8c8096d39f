"""Events of the Stripe sandbox: listed, signed, delivered, and delivered again."""

import json
import threading
from collections.abc import Callable, Iterator

import pytest
import stripe
import time_machine

from kernel import clock
from tests.support.sink import Served, Sink
from tests.support.stripe import WEBHOOK_SECRET, StripeSandbox
from tests.support.stripe_shop import OTHER, OWING, SCHOOL, opened, paid, refunded


def now() -> int:
    return clock.epoch(clock.now())


def test_events_are_listed_newest_first_a_page_at_a_time_and_only_ones_own(
    client: stripe.StripeClient, sandbox: StripeSandbox
) -> None:
    paid(client, sandbox)
    opened(client, account=OTHER)
    options: stripe.RequestOptions = {"stripe_account": SCHOOL}
    pages = client.v1.events.list({"limit": 2}, options).auto_paging_iter()
    types = [event.type for event in pages]
    assert types == [
        "checkout.session.completed",
        "payment_intent.succeeded",
        "charge.succeeded",
        "payment_intent.created",
    ]
    assert client.v1.events.list({}, {"stripe_account": OTHER}).data == []
    one = client.v1.events.list({"type": "charge.succeeded"}, options).data[0]
    assert (one.account, one.livemode, one.data.object["object"]) == (SCHOOL, False, "charge")
    assert client.v1.events.retrieve(one.id, options=options).type == "charge.succeeded"


def test_an_event_tells_how_things_stood_when_it_happened(client: stripe.StripeClient, sandbox: StripeSandbox) -> None:
    paid(client, sandbox)
    created = json.loads(sandbox.events("payment_intent.created")[0].body)
    assert created["data"]["object"]["status"] == "requires_payment_method"


def test_what_stripe_signs_stripes_own_client_believes(client: stripe.StripeClient, sandbox: StripeSandbox) -> None:
    paid(client, sandbox)
    event = sandbox.events("checkout.session.completed")[0]
    read = client.construct_event(event.body, event.signature, WEBHOOK_SECRET)
    assert (read.id, read.account) == (event.id, SCHOOL)
    with pytest.raises(stripe.SignatureVerificationError):
        client.construct_event(event.body.replace(b"1500", b"1400"), event.signature, WEBHOOK_SECRET)


@pytest.fixture
def sink(sandbox: StripeSandbox) -> Iterator[Sink]:
    """Our endpoint."""
    sink = Sink()
    served = Served(sink.application())
    sandbox.send_events_to(f"{served.url}/stripe", pauses=[0.05, 0.05])
    yield sink
    served.stop()


def arrived(sink: Sink) -> list[str]:
    return [received.json["type"] for received in sink.received]


def test_our_endpoint_is_told_of_what_it_asked_for_and_of_whose_account(
    client: stripe.StripeClient, sandbox: StripeSandbox, sink: Sink
) -> None:
    answer = sandbox.pay(opened(client).id)
    assert arrived(sink) == ["checkout.session.completed"]
    assert [(each["type"], each["answers"]) for each in answer["events"]] == [
        ("charge.succeeded", []),
        ("payment_intent.succeeded", []),
        ("checkout.session.completed", [200]),
    ]
    received = sink.received[0]
    assert (received.json["account"], received.json["livemode"]) == (SCHOOL, False)
    read = client.construct_event(received.body, received.headers["Stripe-Signature"], WEBHOOK_SECRET)
    assert read.type == "checkout.session.completed"


def test_what_is_not_taken_is_sent_again_a_few_times(
    client: stripe.StripeClient, sandbox: StripeSandbox, sink: Sink
) -> None:
    sink.answers = [500, 302, 200]
    event = sandbox.pay(opened(client).id)["events"][-1]["id"]
    assert answers(sandbox, event, 3) == [500, 302, 200]
    sink.answers = [500] * 10
    event = sandbox.pay(opened(client).id)["events"][-1]["id"]
    assert answers(sandbox, event, 3) == [500, 500, 500]
    assert {received.json["id"] for received in sink.received[3:]} == {event}


def answers(sandbox: StripeSandbox, event: str, count: int) -> list[int]:
    """What an event was answered with, once it was sent so many times."""

    def held() -> list[int]:
        return next(each["answers"] for each in sandbox.state["events"] if each["id"] == event)

    _until(lambda: len(held()) >= count)
    return held()


def test_events_come_twice_and_in_any_order_on_demand(
    client: stripe.StripeClient, sandbox: StripeSandbox, sink: Sink
) -> None:
    sandbox.hold_events_back()
    refunded(client, paid(client, sandbox))
    assert sink.received == []
    completed, created = sandbox.events("checkout.session.completed", "refund.created")
    assert sandbox.deliver(created.id, completed.id, created.id) == [200, 200, 200]
    assert arrived(sink) == ["refund.created", "checkout.session.completed", "refund.created"]


def test_an_account_that_leaves_is_told_of_last(
    client: stripe.StripeClient, sandbox: StripeSandbox, sink: Sink
) -> None:
    session = opened(client)
    sandbox.change(OWING, currently_due=[])
    sandbox.change(SCHOOL, connected=False)
    sandbox.pay(session.id)
    sandbox.change(OTHER, connected=False)
    assert arrived(sink) == ["account.updated", "account.application.deauthorized", "account.application.deauthorized"]


def test_a_session_that_ends_by_itself_is_told_of(
    client: stripe.StripeClient, sandbox: StripeSandbox, sink: Sink
) -> None:
    opened(client, expires_at=now() + 31 * 60)
    with time_machine.travel(clock.now(), tick=True) as time:
        time.shift(32 * 60)
        _until(lambda: arrived(sink) == ["checkout.session.expired"])


def _until(is_so: Callable[[], bool]) -> None:
    wait = threading.Event()
    for _ in range(6000):
        if is_so():
            return
        wait.wait(0.01)
    raise AssertionError("it never was so")
