"""Sending one webhook, to a receiver that is a real HTTP server."""

import traceback
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from standardwebhooks import Webhook

from kernel import clock, outbox, webhooks
from kernel.errors import TemporarilyUnavailable
from kernel.outbox import Message
from tests.support.sink import Served, Sink

SECRET = "whsec_dGhlIHNpZ25pbmcgc2VjcmV0IG9mIHRoZSB0ZXN0cw=="
DAY = 86_400
BODY = '{"rug": "größer"}'.encode()


@pytest.fixture
def sink() -> Sink:
    return Sink()


@pytest.fixture
def url(sink: Sink) -> Iterator[str]:
    served = Served(sink.application())
    yield f"{served.url}/hook"
    served.stop()


@pytest.fixture
def message() -> Message:
    return outbox.message(tenant="maple", queue="resman-webhooks", kind="letter", payload={}, sequence=7)


def test_what_arrives_is_the_very_body_with_its_id_sequence_and_signature(
    sink: Sink, url: str, message: Message
) -> None:
    webhooks.post(url, [SECRET], message, BODY)
    [received] = sink.received
    assert received.body == BODY
    assert received.headers["Content-Type"] == "application/json"
    assert (received.headers["webhook-id"], received.headers["X-Webhook-Sequence"]) == (message.id, "7")
    assert Webhook(SECRET).verify(received.body, dict(received.headers)) == {"rug": "größer"}


def test_a_second_attempt_has_the_same_id_and_a_new_timestamp_and_signature(
    sink: Sink, url: str, message: Message
) -> None:
    """INV-28"""
    webhooks.post(url, [SECRET], message, BODY)
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=True):
        webhooks.post(url, [SECRET], message, BODY)
    first, second = (received.headers for received in sink.received)
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) >= 7200
    assert first["webhook-signature"] != second["webhook-signature"]


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_a_delivery(sink: Sink, url: str, message: Message, status: int) -> None:
    sink.answers = [status]
    webhooks.post(url, [SECRET], message, BODY)


@pytest.mark.parametrize("status", [300, 304, 400, 401, 404, 408, 429, 500, 503])
def test_any_other_answer_is_a_failure_that_names_it(sink: Sink, url: str, message: Message, status: int) -> None:
    """INV-28"""
    sink.answers = [status]
    with pytest.raises(TemporarilyUnavailable, match=f"answered {status}"):
        webhooks.post(url, [SECRET], message, BODY)
    assert len(sink.received) == 1, "one attempt, never more"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_and_is_not_followed(sink: Sink, url: str, message: Message, status: int) -> None:
    """INV-28"""
    sink.answers = [(status, {"Location": f"{url}/elsewhere"})]
    with pytest.raises(TemporarilyUnavailable):
        webhooks.post(url, [SECRET], message, BODY)
    assert len(sink.received) == 1


def test_410_says_that_nothing_more_is_wanted(sink: Sink, url: str, message: Message) -> None:
    """INV-28"""
    sink.answers = [410]
    with pytest.raises(webhooks.Gone):
        webhooks.post(url, [SECRET], message, BODY)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120), ("0", 0), ("-5", None), ("soon", None), ("9" * 30, DAY), ("²", None), ("9" * 31, None)],
)
def test_a_receivers_wish_for_more_time_is_passed_on_if_it_is_a_sensible_number(
    sink: Sink, url: str, message: Message, header: str, seconds: int | None
) -> None:
    """INV-28: and for a day at the most."""
    sink.answers = [(503, {"Retry-After": header})]
    with pytest.raises(TemporarilyUnavailable) as busy:
        webhooks.post(url, [SECRET], message, BODY)
    assert busy.value.retry_after_seconds == seconds


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Tue, 01 Dec 2026 15:05:05 GMT", 60),
        ("Tue, 01 Dec 2026 15:00:00 GMT", 0),
        ("Wed, 02 Dec 2026 15:04:06 GMT", DAY),
        ("Tue, 01 Dec 2026 15:05:05", None),
        ("Tue, 45 Dec 2026 15:05:05 GMT", None),
    ],
)
def test_a_receiver_may_wish_to_be_left_alone_until_a_date(
    sink: Sink, url: str, message: Message, header: str, seconds: int | None
) -> None:
    """INV-28: the other form of `Retry-After`."""
    sink.answers = [(429, {"Retry-After": header})]
    with (
        time_machine.travel(datetime(2026, 12, 1, 15, 4, 5, tzinfo=UTC), tick=False),
        pytest.raises(webhooks.NotTaken) as busy,
    ):
        webhooks.post(url, [SECRET], message, BODY)
    assert busy.value.retry_after_seconds == seconds


@pytest.mark.parametrize("status", [200, 410, 500])
def test_of_any_answer_its_status_and_its_first_kilobyte_are_kept(
    sink: Sink, url: str, message: Message, status: int
) -> None:
    sink.answers, sink.body = [status], ("größer" * 1000).encode()
    try:
        answer = webhooks.post(url, [SECRET], message, BODY)
    except (webhooks.NotTaken, webhooks.Gone) as failure:
        answer = failure.answer
    assert answer.status_code == status
    assert answer.text == sink.body[: webhooks.KEPT_BYTES].decode(errors="replace")
    assert len(answer.text.encode()) <= webhooks.KEPT_BYTES + 2
    assert answer.duration_ms >= 0


def test_an_answer_that_is_packed_is_not_unpacked(sink: Sink, url: str, message: Message) -> None:
    """A kilobyte can be unpacked to a gigabyte."""
    webhooks.post(url, [SECRET], message, BODY)
    assert sink.received[0].headers["Accept-Encoding"] == "identity"


def test_who_does_not_answer_has_no_status(message: Message) -> None:
    with pytest.raises(webhooks.NotTaken) as silent:
        webhooks.post("http://127.0.0.1:9/hook", [SECRET], message, BODY)
    assert (silent.value.answer.status_code, silent.value.answer.text) == (None, "")


def test_nobody_listening_is_a_failure_that_names_the_host_and_not_the_url(message: Message) -> None:
    """INV-26: a callback's URL may hold a token."""
    with pytest.raises(TemporarilyUnavailable, match=r"127\.0\.0\.1 did not answer") as failure:
        webhooks.post(f"http://127.0.0.1:9/hook?token={'swordfish'}", [SECRET], message, BODY)
    assert "token=swordfish" not in "".join(traceback.format_exception(failure.value))


@pytest.mark.parametrize("status", [410, 500])
def test_a_refusal_names_the_host_and_not_the_url(sink: Sink, url: str, message: Message, status: int) -> None:
    """INV-26"""
    sink.answers = [status]
    with pytest.raises((TemporarilyUnavailable, webhooks.Gone)) as failure:
        webhooks.post(f"{url}?token=swordfish", [SECRET], message, BODY)
    assert str(failure.value).startswith(f"127.0.0.1 answered {status}")


def test_an_address_is_checked_again_when_something_is_sent(
    sink: Sink, url: str, message: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-29"""
    monkeypatch.setenv("STAGE", "prod")
    for scheme in ("http://", "https://"):
        with pytest.raises(TemporarilyUnavailable, match="the receiver's address must"):
            webhooks.post(url.replace("http://", scheme), [SECRET], message, BODY)
    assert sink.received == []
