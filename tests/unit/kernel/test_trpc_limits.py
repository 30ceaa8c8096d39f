"""How often a procedure may be called: what the calls of a batch cost, and what its answer tells of that."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from kernel import table, trpc
from kernel.limits import Limit
from tests.unit.kernel.test_trpc import ROUTER, data_of, event
from tests.wire import sample

ME = "immersio.tenant.get"
UPLOAD = "immersio.landing.uploadAsset"


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> Iterator[time_machine.Traveller]:
    """Somebody may call five times a minute."""
    monkeypatch.setattr(sample.Member, "limit", Limit("member", 5, 60))
    with sample.aws(), time_machine.travel(datetime(2026, 12, 1, 15, 0, 10, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def updates() -> list[int]:
    """How many calls each update of a counter has counted."""
    seen: list[int] = []

    def see(params: dict[str, Any], **_: Any) -> None:
        numbers = [int(value["N"]) for value in params["ExpressionAttributeValues"].values()]
        seen.append(min(numbers))  # the other one is when the row expires

    table.client().meta.events.register("provide-client-params.dynamodb.UpdateItem", see)
    return seen


def asked(*paths: str, method: str = "GET", sent: Any = None, **rest: Any) -> dict[str, Any]:
    batched = {"query": "batch=1"} if len(paths) > 1 else {}
    body = None if sent is None else json.dumps(sent)
    return ROUTER(event(method, f"/api/trpc/{','.join(paths)}", body=body, **batched, **rest), None)


def told(answer: dict[str, Any]) -> tuple[int, str | None, str | None]:
    headers = answer["headers"]
    return answer["statusCode"], headers.get("ratelimit"), headers.get("retry-after")


def outcomes(answer: dict[str, Any]) -> list[int]:
    bodies = json.loads(answer["body"])
    return [data_of(one)["httpStatus"] if "error" in one else 200 for one in bodies]


def test_every_answer_tells_of_the_limit(now: object) -> None:
    answer = asked(ME)
    assert told(answer) == (200, '"member";r=4;t=50', None)
    assert answer["headers"]["ratelimit-policy"] == '"member";q=5;w=60'
    assert told(asked("immersio.workshop.get")) == (400, '"member";r=3;t=50', None)


def test_who_calls_too_often_is_told_so_in_the_words_of_trpc(now: object) -> None:
    for _ in range(5):
        asked(ME)
    answer = asked(ME)
    assert told(answer) == (429, '"member";r=0;t=50', "50")
    assert answer["headers"]["cache-control"] == "no-store"
    data = data_of(json.loads(answer["body"]))
    assert (data["code"], data["appCode"], data["retryAfterSeconds"]) == ("TOO_MANY_REQUESTS", "RATE_LIMITED", 50)
    assert data["details"] == {"limit": 5, "windowSeconds": 60}


def test_the_calls_of_a_batch_are_counted_in_one_go_and_exactly_the_rest_pass(now: object, updates: list[int]) -> None:
    answer = asked(*[ME] * 8)
    assert (outcomes(answer), told(answer)) == ([200] * 5 + [429] * 3, (207, '"member";r=0;t=50', None))
    assert updates == [8]
    assert [data_of(one)["retryAfterSeconds"] for one in json.loads(answer["body"])[5:]] == [50] * 3


def test_a_batch_tells_what_is_left_at_its_end(now: object) -> None:
    assert told(asked(ME, ME, ME)) == (200, '"member";r=2;t=50', None)


def test_a_batch_says_when_to_return_if_none_of_its_calls_was_let_in(now: time_machine.Traveller) -> None:
    """Its calls tell it each; a proxy or a plain client looks at the header, and there it must hold for all."""
    asked(*[ME] * 5)
    now.shift(20)
    assert told(asked(ME, ME)) == (429, '"member";r=0;t=30', "30")
    assert told(asked(ME, "nope")) == (207, '"member";r=0;t=30', None)


def test_a_batch_returns_after_the_longest_of_its_waits(now: object) -> None:
    asked(*[ME] * 4)
    sent = {"0": {"json": {"id": "ws_limit"}}, "1": {"json": {}}}
    answer = asked("immersio.workshop.publish", ME, method="POST", sent=sent)
    waits = [data_of(one)["retryAfterSeconds"] for one in json.loads(answer["body"])]
    assert (waits, told(answer)) == ([30, 50], (429, '"member";r=0;t=50', "50"))


def test_kinds_of_callers_who_are_one_user_are_counted_together(now: object, updates: list[int]) -> None:
    remove = {"json": {"id": "x"}}
    sent = {"0": {"json": {}}, "1": remove, "2": {"json": {}}}
    answer = asked(ME, "immersio.workshop.delete", ME, method="POST", sent=sent)
    assert told(answer) == (200, '"member";r=2;t=50', None)
    assert updates == [3]


def test_a_limit_of_the_procedures_own_stands_beside_the_callers(now: object) -> None:
    sent = {"json": {"file": "x"}}
    answers = [asked(UPLOAD, method="POST", sent=sent) for _ in range(3)]
    window = 100_000_000
    wait = window - int(datetime(2026, 12, 1, 15, 0, 10, tzinfo=UTC).timestamp()) % window
    assert [told(answer) for answer in answers] == [
        (200, f'"member";r=4;t=50, "upload";r=1;t={wait}', None),
        (200, f'"member";r=3;t=50, "upload";r=0;t={wait}', None),
        (429, f'"member";r=2;t=50, "upload";r=0;t={wait}', str(wait)),
    ]
    assert answers[0]["headers"]["ratelimit-policy"] == f'"member";q=5;w=60, "upload";q=2;w={window}'


def test_what_the_caller_may_not_do_any_more_does_not_spend_the_procedures_own(now: object) -> None:
    asked(*[ME] * 5)
    sent = {"json": {"file": "x"}}
    assert told(asked(UPLOAD, method="POST", sent=sent)) == (429, '"member";r=0;t=50', "50")
    assert "upload" in asked(UPLOAD, method="POST", sent=sent, cookie=sample.cookie(7))["headers"]["ratelimit"]


def test_calls_that_are_not_let_in_are_counted_by_address(now: object) -> None:
    answer = asked(ME, ME, cookie="other=1")
    assert (outcomes(answer), told(answer)) == ([401, 401], (401, '"refused";r=98;t=50', None))
    may_not = asked("immersio.workshop.delete", ME, method="POST", sent={}, cookie=sample.cookie(7))
    assert (outcomes(may_not), told(may_not)[1]) == ([403, 200], '"refused";r=97;t=50, "member";r=4;t=50')
    for _ in range(5):
        asked(*[ME] * 20, cookie="other=1")
    assert told(asked(ME, cookie="other=1")) == (429, '"refused";r=0;t=50', "50")
    assert told(asked(ME)) == (200, '"member";r=4;t=50', None)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("HEAD", ME, 204), ("OPTIONS", ME, 405), ("GET", "nope", 404), ("GET", "immersio.workshop.delete", 405)],
)
def test_what_calls_no_procedure_costs_nothing(
    now: object, updates: list[int], method: str, path: str, status: int
) -> None:
    assert told(asked(path, method=method)) == (status, None, None)
    assert updates == []


def test_what_cannot_be_read_reaches_no_procedure_and_costs_nothing(now: object, updates: list[int]) -> None:
    answer = ROUTER(event("POST", f"/api/trpc/{ME}", body="{"), None)
    assert told(answer) == (400, None, None)
    assert updates == []


def test_a_procedure_on_its_own_route_spends_the_same(now: object) -> None:
    asked(ME)
    handler: trpc.Handler = sample.tenant_get
    assert told(handler(event("GET", f"/api/trpc/{ME}"), None)) == (200, '"member";r=3;t=50', None)
