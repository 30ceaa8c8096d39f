"""Signatures, against vectors computed here and against a library that is not ours."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError
from svix.webhooks import Webhook as Svix

from kernel import clock, signatures
from kernel.errors import InvalidWebhookSignature

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SENT = datetime(2026, 12, 1, 15, 0, 0, 999_000, tzinfo=UTC)
STAMP = 1_796_137_200
BODY = b'{"test": 2432232314}'


def test_the_vector_of_the_standards_own_documentation() -> None:
    """Standard Webhooks 1.0: this secret, id, time and body give this signature."""
    at = datetime.fromtimestamp(1_614_265_330, UTC)
    headers = signatures.outgoing_headers([SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", at, BODY)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_ours_is_hex_over_the_timestamp_a_dot_and_the_body() -> None:
    expected = hmac.new(b"swordfish", b"1796137200." + BODY, hashlib.sha256).hexdigest()
    assert signatures.sign("swordfish", STAMP, BODY) == expected


def test_while_one_secret_replaces_another_either_verifies() -> None:
    old, new = SECRET, "whsec_" + base64.b64encode(b"the next one").decode()
    headers = signatures.outgoing_headers([new, old], "msg_1", clock.now(), BODY)
    for secret in (new, old):
        Webhook(secret).verify(BODY, headers)
        Svix(secret).verify(BODY, headers)
    for name, secret in (("X-Webhook-Signature", new), ("X-Webhook-Signature-Previous", old)):
        sent = {"x-webhook-signature": headers[name], "x-webhook-timestamp": headers["X-Webhook-Timestamp"]}
        signatures.verify(secret, sent, BODY)


def test_an_outgoing_message_carries_both_signatures_of_the_same_second() -> None:
    headers = signatures.outgoing_headers([SECRET], "msg_1", SENT, BODY)
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    standard = hmac.new(key, b"msg_1.1796137200." + BODY, hashlib.sha256).digest()
    hexed = hmac.new(SECRET.encode(), b"1796137200." + BODY, hashlib.sha256).hexdigest()
    assert headers == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1796137200",
        "webhook-signature": f"v1,{base64.b64encode(standard).decode()}",
        "X-Webhook-Timestamp": "1796137200",
        "X-Webhook-Signature": f"sha256={hexed}",
    }


@given(body=st.text(max_size=200).map(str.encode), key=st.binary(min_size=24, max_size=64))
def test_any_body_verifies_with_the_standards_library_and_no_other_secret_does(body: bytes, key: bytes) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    headers = signatures.outgoing_headers([secret], "msg_1", clock.now(), body)
    Webhook(secret).verify(body, headers, json_parse=False)
    other = "whsec_" + base64.b64encode(key[::-1] + b"!").decode()
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(body, headers, json_parse=False)


@given(body=st.binary(max_size=100), secret=st.text(min_size=1), prefix=st.sampled_from(["", "sha256="]))
def test_what_we_sign_we_accept(body: bytes, secret: str, prefix: str) -> None:
    now = clock.epoch(clock.now())
    signature = prefix + signatures.sign(secret, now, body)
    signatures.verify(secret, {"x-webhook-timestamp": str(now), "x-webhook-signature": signature}, body)


@given(body=st.binary(min_size=1, max_size=50), data=st.data())
def test_one_altered_bit_anywhere_is_refused(body: bytes, data: st.DataObject) -> None:
    """INV-30"""
    now = clock.epoch(clock.now())
    headers = {"x-webhook-timestamp": str(now), "x-webhook-signature": signatures.sign("swordfish", now, body)}
    position = data.draw(st.integers(0, len(body) * 8 - 1))
    altered = bytearray(body)
    altered[position // 8] ^= 1 << position % 8
    with pytest.raises(InvalidWebhookSignature):
        signatures.verify("swordfish", headers, bytes(altered))
    with pytest.raises(InvalidWebhookSignature):
        signatures.verify("swordfish", {**headers, "x-webhook-timestamp": str(now + 1)}, body)


@given(stamp=st.text(max_size=15), signature=st.text(max_size=80))
def test_any_nonsense_is_refused_in_words(stamp: str, signature: str) -> None:
    """INV-30: also characters outside ASCII, and digits of other alphabets."""
    with pytest.raises(InvalidWebhookSignature, match="X-Webhook"):
        signatures.verify("swordfish", {"x-webhook-timestamp": stamp, "x-webhook-signature": signature}, b"")


@pytest.mark.parametrize("seconds", [-301, 301, -86_400])
def test_a_signature_of_another_time_is_refused(seconds: int) -> None:
    """INV-30: old or ahead, even if it is genuine."""
    stamp = clock.epoch(clock.now() + timedelta(seconds=seconds + (1 if seconds > 0 else -1)))
    headers = {"x-webhook-timestamp": str(stamp), "x-webhook-signature": signatures.sign("s", stamp, BODY)}
    with pytest.raises(InvalidWebhookSignature, match="300 seconds"):
        signatures.verify("s", headers, BODY)


@pytest.mark.parametrize("headers", [{}, {"x-webhook-signature": "sha256="}, {"x-webhook-timestamp": "1796137200"}])
def test_without_its_headers_nothing_is_accepted(headers: dict[str, str]) -> None:
    """INV-30"""
    with pytest.raises(InvalidWebhookSignature):
        signatures.verify("swordfish", headers, BODY)


def test_a_secret_that_is_not_base64_is_named_and_not_shown() -> None:
    """INV-26"""
    with pytest.raises(ValueError, match="whsec_ followed by base64") as error:
        signatures.outgoing_headers(["whsec_not base64!"], "msg_1", SENT, BODY)
    assert "not base64!" not in str(error.value)
