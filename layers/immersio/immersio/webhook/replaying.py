"""Telling again what was not told: many at once go step by step, each step by a message of its own."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice

from pydantic import BaseModel, ConfigDict

from immersio.webhook import events, store
from kernel import delivery, ids, keys, outbox
from kernel.clock import Instant
from kernel.outbox import Message, Status

KIND = "replay"
UNTOLD = (Status.FAILED, Status.UNSENT)
AT_ONCE = 100
"""What one step replays; it takes a few seconds."""
A_MOMENT = timedelta(milliseconds=1)
"""Messages are told apart by their time as far as this."""


class ReplayOwed(BaseModel):
    model_config = ConfigDict(frozen=True)

    since: Instant
    until: Instant
    """What is made later is not meant, and will not be met twice."""


def owed(tenant_id: int, since: datetime, until: datetime) -> Message:
    payload = ReplayOwed(since=since, until=until).model_dump(mode="json")
    return outbox.message(tenant=str(tenant_id), queue=events.QUEUE, kind=KIND, payload=payload)


def go_on(message: Message) -> None:
    """One step: each message once, also where it fails again while others are still to come."""
    asked, tenant_id = ReplayOwed.model_validate(message.payload), events.tenant_of(message)
    untold = _until(asked, store.events_since(tenant_id, UNTOLD, asked.since))
    step = list(islice(untold, AT_ONCE))
    last = step[-1][0] if step else asked.until
    rest = next(untold, None)
    while rest and rest[0] == last:
        step.append(rest)
        rest = next(untold, None)
    for each in store.load_events(key for _, key in step):
        if each.status in UNTOLD:
            delivery.replay(each)
    if rest:
        _commit_next(message, owed(tenant_id, last + A_MOMENT, asked.until))


def _until(asked: ReplayOwed, found: Iterator[tuple[datetime, keys.Key]]) -> Iterator[tuple[datetime, keys.Key]]:
    for made_at, key in found:
        if made_at > asked.until:
            return
        yield made_at, key


def _commit_next(message: Message, following: Message) -> None:
    """Once, however often this step is done."""
    once = following.model_copy(update={"id": ids.derived("msg", message.id, "next")})
    with suppress(store.ConditionFailed):
        store.commit(outbox.put(once))
