"""Many calls of one caller in the same moment: real threads on MiniStack, where counts meet as in DynamoDB."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from immersio.access.model import Role
from kernel import clock, ids, limits
from kernel.limits import AUTHENTICATED, PUBLIC
from tests.support import schools as school_worlds
from tests.support.chatbot import all_at_once
from tests.support.schools import School
from tests.support.workers import Context, function
from tests.support.world import World

AT_ONCE = 15
EACH = 10


@pytest.fixture(autouse=True)
def _a_minute_of_its_own(world: World) -> Iterator[None]:
    """One that does not end while the calls are made, and in which nobody has called before."""
    with time_machine.travel(_start_of_a_minute(), tick=False):
        yield


def _start_of_a_minute() -> datetime:
    return clock.now().replace(second=0, microsecond=0) + timedelta(minutes=1)


@pytest.mark.parametrize("processes", ["one", "many"])
def test_of_many_calls_from_one_address_exactly_the_limit_passes(processes: str) -> None:
    """Specification, section 5; a process that knows nothing yet lets nobody in either."""
    address, other = (f"2001:db8:{_hextet()}:{_hextet()}::1" for _ in range(2))

    def call(_: int) -> Counter[tuple[int, bool]]:
        seen: Counter[tuple[int, bool]] = Counter()
        for _ in range(EACH):
            if processes == "many":
                limits.used_up.cache_clear()
            answer = looked_up(address)
            seen[answer["statusCode"], "retry-after" in answer["headers"]] += 1
        return seen

    seen = sum(all_at_once(AT_ONCE, call), Counter[tuple[int, bool]]())
    assert seen == {(404, False): PUBLIC.requests, (429, True): AT_ONCE * EACH - PUBLIC.requests}
    assert looked_up(other)["headers"]["ratelimit"] == f'"public";r={PUBLIC.requests - 1};t=60'


def test_of_many_batches_of_one_user_exactly_the_limit_passes() -> None:
    """Each is counted in one go, and the one that meets the limit has the rest."""
    academy = school_worlds.founded(mark=ids.new("test")[-12:].lower()).academy
    assert passed(academy, 7) == 7
    batches = [each for _ in range(4) for each in all_at_once(13, lambda _: passed(academy, 20))]
    assert Counter(batches) == {20: 49, 13: 1, 0: 2}
    assert sum(batches) == AUTHENTICATED.requests - 7


def _hextet() -> str:
    return f"{ids.new_number() % 0xFFFF:x}"


def looked_up(address: str) -> dict[str, Any]:
    """Somebody asks for a booking that is not there."""
    asked = event("token=none", pathParameters={"uid": "booking_nope"})
    asked["requestContext"]["http"]["sourceIp"] = address
    answer: dict[str, Any] = function("immersio/public/bookings/get")(asked, Context())
    return answer


def passed(school: School, calls: int) -> int:
    """How many calls of a batch are answered."""
    path = f"/api/trpc/{','.join(['viewer.me.get'] * calls)}"
    answer = function("procedures")(event("batch=1", rawPath=path, cookies=[school.cookie(Role.OWNER)]), Context())
    return sum("result" in one for one in json.loads(answer["body"]))


def event(query: str, **more: Any) -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawQueryString": query,
        "headers": {},
        "requestContext": {"http": {"method": "GET", "sourceIp": "203.0.113.7"}, "requestId": "test"},
        "isBase64Encoded": False,
        **more,
    }
