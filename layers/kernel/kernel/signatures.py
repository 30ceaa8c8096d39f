"""Webhook signatures: checking those that come in, making those that go out.

Ours and our partners': HMAC-SHA256, hex, over `"{timestamp}.{raw body}"`, headers `X-Webhook-Timestamp` and
`X-Webhook-Signature`, with or without `sha256=` in front. What we send also carries Standard Webhooks 1.0
headers, so that a receiver may verify with an off-the-shelf library. While one secret replaces another, what we send
is signed with both.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from kernel import clock
from kernel.errors import InvalidWebhookSignature

TOLERANCE_SECONDS = 300


def sign(secret: str, timestamp: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> None:
    """Refuse a body that was altered, signed with another secret, or signed over five minutes ago or ahead (INV-30)."""
    signature = headers.get("x-webhook-signature", "").removeprefix("sha256=")
    timestamp = _timestamp(headers.get("x-webhook-timestamp", ""))
    if abs(clock.epoch(clock.now()) - timestamp) > TOLERANCE_SECONDS:
        raise InvalidWebhookSignature(
            f"X-Webhook-Timestamp is more than {TOLERANCE_SECONDS} seconds away from our clock; "
            "sign again with the current time"
        )
    if not hmac.compare_digest(sign(secret, timestamp, body).encode(), signature.encode()):
        raise InvalidWebhookSignature(
            'X-Webhook-Signature does not match; sign "{timestamp}.{raw body}" with HMAC-SHA256 and the shared secret, '
            "as hex"
        )


def outgoing_headers(secrets: Sequence[str], message_id: str, sent_at: datetime, body: bytes) -> dict[str, str]:
    """The headers of one attempt; the secrets have the form `whsec_` and base64, and the newest comes first."""
    timestamp = clock.epoch(sent_at)
    signed = f"{message_id}.{timestamp}.".encode() + body
    newest, *others = ("sha256=" + sign(secret, timestamp, body) for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(_standard_signature(secret, signed) for secret in secrets),
        "X-Webhook-Timestamp": str(timestamp),
        "X-Webhook-Signature": newest,
        **({"X-Webhook-Signature-Previous": others[0]} if others else {}),
    }


def _standard_signature(secret: str, signed: bytes) -> str:
    return "v1," + base64.b64encode(hmac.digest(_standard_key(secret), signed, hashlib.sha256)).decode()


def _timestamp(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise InvalidWebhookSignature("X-Webhook-Timestamp must be the time of signing in whole seconds since 1970")
    return int(text)


def _standard_key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise ValueError("a webhook signing secret must be whsec_ followed by base64") from None
