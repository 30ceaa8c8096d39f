"""`Idempotency-Key`: the same request again gets the first answer again, byte for byte (INV-10).

A key belongs to one tenant and one route. While the first request runs, a second is told to wait; if the first
died, its claim ends by itself and the next one runs. What it may have committed before it died is found by
the use case, which derives the ids of new things from the key.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase

from kernel import clock, keys, table
from kernel.errors import IdempotencyKeyInUse, IdempotencyKeyReused

CLAIM = timedelta(seconds=35)
"""A little longer than API Gateway waits for any answer."""
REMEMBERED = timedelta(hours=24)
"""After it a key counts as new, whether or not DynamoDB has removed the row by then."""


@dataclass(frozen=True)
class Claim:
    key: keys.Key
    fingerprint: str
    claimed_until: str


def claim(tenant: str, route: str, key: str, body: bytes) -> Claim | dict[str, Any]:
    """The right to run this request, or the answer it got before."""
    now = clock.now()
    claimed = Claim(
        key=keys.idempotency(tenant, route, key),
        fingerprint=hashlib.sha256(body).hexdigest(),
        claimed_until=clock.iso(now + CLAIM),
    )
    try:
        table.write(table.Put(item=_running(claimed), condition=_free(claimed, now)))
    except table.ConditionFailed as failure:
        return _earlier_answer(failure.found[0] or {}, claimed)
    return claimed


def remember(claimed: Claim, answer: dict[str, Any]) -> None:
    """Keep the answer for a day; failures that a repeat may cure are not kept."""
    if answer["statusCode"] == 429 or answer["statusCode"] >= 500:
        release(claimed)
        return
    row = {**_running(claimed), "answer": answer, "expires_at": clock.iso(clock.now() + REMEMBERED)}
    table.write(table.Put(item=row))


def release(claimed: Claim) -> None:
    """Let the same request run again; another body under this key is refused all the same."""
    table.write(table.Put(item={**_running(claimed), "expires_at": clock.iso(clock.now())}))


def _running(claimed: Claim) -> table.Item:
    return {
        **claimed.key._asdict(),
        "entity": "idempotency",
        "fingerprint": claimed.fingerprint,
        "expires_at": claimed.claimed_until,
        "ttl": clock.epoch(clock.now() + REMEMBERED),
    }


def _free(claimed: Claim, now: datetime) -> ConditionBase:
    forgotten = Attr("pk").not_exists() | Attr("ttl").lte(clock.epoch(now))
    return forgotten | (Attr("expires_at").lte(clock.iso(now)) & Attr("fingerprint").eq(claimed.fingerprint))


def _earlier_answer(row: table.Item, claimed: Claim) -> dict[str, Any]:
    if row.get("fingerprint") != claimed.fingerprint:
        raise IdempotencyKeyReused(
            "This Idempotency-Key was used with another body; send a new key for a new request, or the first body again"
        )
    if "answer" not in row:
        raise IdempotencyKeyInUse(
            "The first request with this Idempotency-Key is still running; ask again in a moment", retry_after_seconds=1
        )
    answer: dict[str, Any] = row["answer"]
    return answer
