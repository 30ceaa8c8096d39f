"""Section 5: how much of what is asked for at once passes, what the rest is told, and whom it does not touch."""

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain, count
from typing import Any

from kernel import clock, ids
from tests.conformance import documents
from tests.conformance.item import Item
from tests.conformance.stage import Stage
from tests.conformance.wire import Reply

THREADS = 8
CALLS_OF_A_BATCH = 20
TRIES = 3

_addresses = count(1)


@dataclass(frozen=True)
class Limit:
    type: str
    requests: int
    window: int


@dataclass(frozen=True)
class Asker:
    """Somebody nobody has counted yet."""

    ask: Callable[[], list[int]]
    """The statuses of one request; a batch has many."""
    refused: Callable[[], Reply]
    """One more request, alone, once the limit is reached."""
    calls: int = 1
    """How many are counted for one request."""


def items() -> Iterator[Item]:
    for line in documents.load("limits"):
        limit = Limit(**line)
        says = f"{limit.requests} requests in {limit.window} seconds pass, and no more"
        yield Item("5", limit.type, says, partial(_holds, limit))
        yield Item("5", limit.type, "what is too many is told when to come again", partial(_tells_when, limit))
        yield Item("5", limit.type, "somebody else is not touched", partial(_touches_nobody_else, limit))


def refusal(type: str, stage: Stage) -> Reply:
    """What was answered to the first request, alone, that was too many."""
    return measured(next(Limit(**line) for line in documents.load("limits") if line["type"] == type), stage).refused


@dataclass(frozen=True)
class Measured:
    passed: int
    stopped: int
    refused: Reply
    other: list[int]
    """What somebody else was answered at the same time."""


def measured(limit: Limit, stage: Stage) -> Measured:
    """Once for all who look at it."""
    if limit.type not in stage.measured:
        stage.measured[limit.type] = _measure(limit, stage)
    found: Measured = stage.measured[limit.type]
    return found


def _measure(limit: Limit, stage: Stage) -> Measured:
    """On eight threads; of a small number half as many again are asked for."""
    for _ in range(TRIES):
        one, other = ASKERS[limit.type](stage), ASKERS[limit.type](stage)
        window = _wait_for_room(limit)
        counted = asked(one, _more_than(limit.requests))
        found = Measured(counted[True], counted[False], one.refused(), other.ask())
        if _window(limit) == window:
            return found
    raise AssertionError(f"{TRIES} windows ended while we asked")


def _holds(limit: Limit, stage: Stage) -> None:
    found = measured(limit, stage)
    assert (found.passed, found.stopped) == (limit.requests, _more_than(limit.requests) - limit.requests)


def _touches_nobody_else(limit: Limit, stage: Stage) -> None:
    found = measured(limit, stage)
    assert found.stopped > 0
    assert found.other
    assert 429 not in found.other


def asked(asker: Asker, number: int) -> Counter[bool]:
    """How many passed, and how many did not."""
    with ThreadPoolExecutor(THREADS) as pool:
        statuses = chain.from_iterable(pool.map(lambda _: asker.ask(), range(number // asker.calls)))
        return Counter(status != 429 for status in statuses)


def _tells_when(limit: Limit, stage: Stage) -> None:
    """When to come again, and of what, as IETF's RateLimit headers say it."""
    reply = measured(limit, stage).refused
    headers = reply.answer.headers
    assert (reply.status, reply.code) == (429, "RATE_LIMITED"), reply
    wait = int(headers["Retry-After"])
    assert 0 < wait <= limit.window
    policies = re.findall(r'"([\w-]+)";q=(\d+);w=(\d+)', headers["RateLimit-Policy"])
    (name,) = [name for name, *numbers in policies if numbers == [str(limit.requests), str(limit.window)]]
    standings = re.findall(r'"([\w-]+)";r=(\d+);t=(\d+)', headers["RateLimit"])
    assert [each for each, *_ in standings] == [each for each, *_ in policies], headers
    ((left, seconds),) = [numbers for each, *numbers in standings if each == name]
    assert left == "0"
    assert abs(int(seconds) - wait) <= 1, headers


def _more_than(number: int) -> int:
    return number + max(number // 2, CALLS_OF_A_BATCH) if number <= 100 else number + CALLS_OF_A_BATCH


def _window(limit: Limit) -> int:
    return clock.epoch(clock.now()) // limit.window


def _wait_for_room(limit: Limit) -> int:
    """No window may end while it is measured; how long that takes is guessed, and looked at afterwards."""
    needed = 8 if limit.requests <= 100 else 15
    left = limit.window - clock.epoch(clock.now()) % limit.window
    if left < needed:
        time.sleep(left + 0.1)
    return _window(limit)


def _public(stage: Stage) -> Asker:
    """An address, whatever it says of itself."""
    session = stage.wire.at(f"127.2.0.{next(_addresses)}")

    def ask(**headers: str) -> Reply:
        url = f"{stage.wire.url}/api/v1/public/landing/no-such-school"
        return Reply(session.get(url, headers=headers, timeout=60))

    return Asker(lambda: [ask().status], lambda: ask(**{"X-Forwarded-For": "198.51.100.7"}))


def _authenticated(stage: Stage) -> Asker:
    """Each call of a batch is one; refused ones count too, and cost the least."""
    owner, name = stage.founded().owner, "immersio.workshop.get"
    url = f"{stage.wire.url}/api/trpc/{','.join([name] * CALLS_OF_A_BATCH)}"
    inputs: dict[str, Any] = {str(position): {"json": {}} for position in range(CALLS_OF_A_BATCH)}
    session = stage.wire.at("127.1.0.1")

    def ask() -> list[int]:
        answer = session.get(
            url, params={"batch": "1", "input": json.dumps(inputs)}, headers={"cookie": owner}, timeout=60
        )
        return [one["error"]["json"]["data"]["httpStatus"] for one in answer.json()]

    return Asker(ask, lambda: stage.wire.procedure(name, {}, owner, "query"), CALLS_OF_A_BATCH)


def _webhooks(stage: Stage) -> Asker:
    """Of one school's organisation."""
    org, secret = ids.new("org"), stage.told["secrets"]["immersioWebhook"]
    stage.founded(immersio_org_id=org)

    def ask() -> Reply:
        event = {
            "event": "something.new",
            "data": {"orgId": org},
            "timestamp": stage.now_text,
            "webhookId": ids.new("wh"),
        }
        return stage.wire.signed("/api/v1/webhooks/immersio", secret, event, {})

    return Asker(lambda: [ask().status], ask)


def _uploads(stage: Stage) -> Asker:
    return _calls(stage, "immersio.landing.uploadAsset")


def _syncs(stage: Stage) -> Asker:
    return _calls(stage, "immersio.integration.syncCourses")


def _calls(stage: Stage, procedure: str) -> Asker:
    owner = stage.new_owner

    def ask() -> Reply:
        return stage.wire.procedure(procedure, {}, owner, "mutation")

    return Asker(lambda: [ask().status], ask)


ASKERS: dict[str, Callable[[Stage], Asker]] = {
    "Public APIs": _public,
    "Authenticated APIs": _authenticated,
    "Webhook endpoints": _webhooks,
    "File uploads": _uploads,
    "Sync operations": _syncs,
}
