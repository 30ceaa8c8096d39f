"""How often one caller may call, and what each answer tells of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

import pytest
import time_machine
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, NoCredentialsError, ReadTimeoutError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from kernel import clock, ids, keys, limits, table
from kernel.auth import Anyone
from kernel.contract import Errors
from kernel.errors import AppError, NotFound, RateLimited, TemporarilyUnavailable, Unauthorized
from kernel.files import Answer
from kernel.http import Created, Public, Redirect, endpoint
from kernel.limits import Limit, Spending
from kernel.request import Request
from tests.support.aws_answers import answering, response
from tests.support.world import Context

TEN_PAST = datetime(2026, 12, 1, 15, 0, 10, tzinfo=UTC)
THREE = Limit("guests", 3, 60)
ADDRESS = "203.0.113.7"


class Guest:
    """Known by the name that they show; some names are refused."""

    limit: ClassVar[Limit] = THREE
    refused_with: ClassVar[Errors] = (Unauthorized,)

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def authenticate(cls, request: Request) -> Self:
        name = request.headers.get("x-name", "")
        if not name:
            raise Unauthorized("Send your name in the header x-name")
        if name == "too much for us":
            raise TemporarilyUnavailable("Come back later")
        return cls(name)

    @property
    def scope(self) -> str:
        return f"guest {self.name}"


class Stranger(Anyone):
    limit = Limit("strangers", 2, 60)


class Wish(BaseModel):
    dish: str


class Meal(BaseModel):
    name: str


@endpoint("POST /meals", caller=Guest, idempotent=True, errors=(NotFound,))
def order(request: Wish) -> Created[Meal]:
    if request.dish == "snow":
        raise NotFound("There is no snow")
    if request.dish == "fire":
        raise ZeroDivisionError
    return Created(Meal(name=request.dish))


@endpoint("GET /menu", caller=Stranger)
def look() -> Meal:
    return Meal(name="soup")


@endpoint("GET /card", caller=Stranger)
def read() -> Public[Meal]:
    return Public(Meal(name="pie"))


@endpoint("GET /garden", caller=Stranger)
def go_out() -> Redirect:
    return Redirect("https://garden.example/")


@pytest.fixture
def now(aws: None) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(TEN_PAST, tick=False) as traveller:
        yield traveller


def event(method: str, address: str = ADDRESS, body: Any = None, **headers: str) -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}},
        "requestContext": {"http": {"method": method, "sourceIp": address}, "requestId": "request-1"},
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }


def ordered(name: str = "Ada", dish: str = "soup", address: str = ADDRESS, **headers: str) -> Answer:
    return order(event("POST", address, {"dish": dish}, x_name=name, **headers), Context())


def looked(address: str = ADDRESS, **headers: str) -> Answer:
    return look(event("GET", address, **headers), Context())


def told(answer: Answer) -> tuple[int, str | None, str | None]:
    headers = answer["headers"]
    return answer["statusCode"], headers.get("ratelimit-policy"), headers.get("ratelimit")


@contextmanager
def calls_of_the_table() -> Iterator[list[str]]:
    """What is asked of DynamoDB from now on."""
    seen: list[str] = []

    def see(model: Any, **_: Any) -> None:
        seen.append(model.name)

    events = table.client().meta.events
    events.register("before-call.dynamodb", see)
    yield seen
    events.unregister("before-call.dynamodb", see)


def test_as_many_calls_pass_as_the_limit_says_and_each_is_told_what_is_left(now: object) -> None:
    policy = '"guests";q=3;w=60'
    answers = [ordered() for _ in range(5)]
    assert [told(answer) for answer in answers] == [
        (201, policy, '"guests";r=2;t=50'),
        (201, policy, '"guests";r=1;t=50'),
        (201, policy, '"guests";r=0;t=50'),
        (429, policy, '"guests";r=0;t=50'),
        (429, policy, '"guests";r=0;t=50'),
    ]
    assert [answer["headers"].get("retry-after") for answer in answers] == [None, None, None, "50", "50"]
    refused = answers[-1]
    assert refused["headers"]["cache-control"] == "no-store"
    assert json.loads(refused["body"]) == {
        "error": "More than 3 requests in 60 seconds; try again in 50 seconds",
        "code": "RATE_LIMITED",
        "details": {"limit": 3, "windowSeconds": 60},
    }


def test_the_next_window_begins_on_its_second_and_from_nothing(now: time_machine.Traveller) -> None:
    for _ in range(3):
        ordered()
    now.shift(49)
    assert (ordered()["statusCode"], ordered()["headers"]["retry-after"]) == (429, "1")
    now.shift(1)
    assert [ordered()["statusCode"] for _ in range(4)] == [201, 201, 201, 429]


def test_a_limit_costs_one_call_of_the_table_and_none_once_it_is_known_to_be_used_up(now: object) -> None:
    with calls_of_the_table() as calls:
        statuses = [looked()["statusCode"] for _ in range(6)]
    assert statuses == [200, 200, 429, 429, 429, 429]
    assert calls == ["UpdateItem"] * 2
    limits.used_up.cache_clear()  # as in another process
    with calls_of_the_table() as calls:
        assert [looked()["statusCode"] for _ in range(3)] == [429] * 3
    assert calls == ["UpdateItem"]


def test_only_so_many_windows_are_remembered_and_one_that_was_forgotten_is_as_used_up(
    now: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_REMEMBERED", 20)
    for number in range(25):
        Spending().buy(Limit("one", 1, 60), f"guest {number}")
    assert len(limits.used_up()) == 20
    with calls_of_the_table() as calls:
        assert refused(Limit("one", 1, 60), "guest 0")
        assert refused(Limit("one", 1, 60), "guest 24")
    assert calls == ["UpdateItem"]


def refused(limit: Limit, scope: str) -> bool:
    try:
        Spending().spend(limit, scope)
    except AppError as error:
        return error.status == 429
    return False


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    requests=st.integers(1, 12),
    batches=st.lists(st.tuples(st.integers(1, 6), st.booleans()), max_size=8),
)
def test_however_calls_are_batched_and_spread_over_processes_exactly_the_limit_passes(
    now: object, requests: int, batches: list[tuple[int, bool]]
) -> None:
    limit, scope, passed = Limit("any", requests, 60), ids.new("guest"), 0
    for calls, in_another_process in batches:
        if in_another_process:
            limits.used_up.cache_clear()
        spending = Spending()
        spending.buy(limit, scope, calls)
        for _ in range(calls):
            passed += _used(spending, limit, scope)
    assert passed == min(requests, sum(calls for calls, _ in batches))


def _used(spending: Spending, limit: Limit, scope: str) -> bool:
    try:
        spending.use(limit, scope)
    except AppError:
        return False
    return True


def test_one_callers_calls_do_not_count_for_another(now: object) -> None:
    assert [ordered("Ada")["statusCode"] for _ in range(4)] == [201, 201, 201, 429]
    assert ordered("Grace")["statusCode"] == 201


def test_a_window_is_forgotten_once_it_is_over(now: object) -> None:
    ordered()
    row = table.get(keys.rate_window("guest Ada", clock.epoch(TEN_PAST) // 60))
    assert row
    assert clock.epoch(TEN_PAST) + 50 < row["ttl"] <= clock.epoch(TEN_PAST) + 50 + 60


@pytest.mark.parametrize(("dish", "status"), [("soup", 201), ("snow", 404), ("fire", 500)])
def test_every_answer_tells_of_the_limit_whatever_became_of_the_call(now: object, dish: str, status: int) -> None:
    assert told(ordered(dish=dish)) == (status, '"guests";q=3;w=60', '"guests";r=2;t=50')


def test_a_redirect_tells_of_the_limit_too(now: object) -> None:
    assert told(go_out(event("GET"), Context())) == (302, '"strangers";q=2;w=60', '"strangers";r=1;t=50')


def test_an_answer_that_its_asker_has_already_tells_of_the_limit_too(now: object) -> None:
    etag = read(event("GET"), Context())["headers"]["etag"]
    known = [read(event("GET", if_none_match=etag), Context()) for _ in range(2)]
    assert told(known[0]) == (304, '"strangers";q=2;w=60', '"strangers";r=0;t=50')
    assert told(known[1]) == (429, '"strangers";q=2;w=60', '"strangers";r=0;t=50')
    assert known[1]["headers"]["cache-control"] == "no-store"


def test_what_is_left_is_told_as_of_the_answer(now: time_machine.Traveller) -> None:
    @endpoint("GET /slow", caller=Stranger)
    def slow() -> Meal:
        now.shift(20)
        return Meal(name="stew")

    assert told(slow(event("GET"), Context())) == (200, '"strangers";q=2;w=60', '"strangers";r=1;t=30')


def test_who_learns_after_the_end_of_a_window_that_it_was_used_up_is_never_told_to_wait_no_time(
    now: time_machine.Traveller,
) -> None:
    """The first calls of a batch took so long that those beyond the limit were refused with `Retry-After: 0`."""
    spending = Spending()
    spending.buy(THREE, "guest Ada", 4)
    now.shift(55)
    for _ in range(3):
        spending.use(THREE, "guest Ada")
    with pytest.raises(RateLimited) as refused:
        spending.use(THREE, "guest Ada")
    assert refused.value.retry_after_seconds == 1


FORGED = {"x_forwarded_for": "198.51.100.9", "forwarded": "for=198.51.100.9", "x_real_ip": "198.51.100.9"}


@pytest.mark.parametrize("header", [*FORGED, "x_client_ip", "true_client_ip", "cf_connecting_ip"])
def test_the_address_is_the_gateways_and_no_header_changes_it(now: object, header: str) -> None:
    """A client that wrote another address into each request was never refused."""
    forged = FORGED.get(header, "198.51.100.9")
    answers = [looked(**{header: f"{forged}{number}"})["statusCode"] for number in range(3)]
    assert answers == [200, 200, 429]
    assert looked("198.51.100.9")["statusCode"] == 200


@pytest.mark.parametrize(
    ("addresses", "are_one"),
    [
        (("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"), True),
        (("2001:db8:1:2::1", "2001:DB8:1:2:0:0:0:1"), True),
        (("2001:db8:1:2::1", "2001:db8:1:3::1"), False),
        (("::ffff:203.0.113.7", "203.0.113.7"), True),
        (("::ffff:203.0.113.7", "::ffff:203.0.113.8"), False),
        (("203.0.113.7", "203.0.113.8"), False),
        (("unknown", "unknown"), True),
    ],
)
def test_a_client_has_one_address_of_ipv4_and_a_whole_block_of_ipv6(
    now: object, addresses: tuple[str, str], are_one: bool
) -> None:
    """Whoever has one address of IPv6 has 2^64 of them, and used each for a single request."""
    one, other = addresses
    assert [looked(one)["statusCode"] for _ in range(3)] == [200, 200, 429]
    assert (looked(other)["statusCode"] == 429) is are_one


def test_who_is_not_let_in_is_counted_by_address_and_uses_up_nobody_elses_calls(now: object) -> None:
    """A flood of bad keys from an office locked out the colleague who had a good one."""
    assert told(ordered("")) == (401, '"refused";q=100;w=60', '"refused";r=99;t=50')
    for _ in range(99):
        assert ordered("")["statusCode"] == 401
    with calls_of_the_table() as calls:
        assert told(ordered("")) == (429, '"refused";q=100;w=60', '"refused";r=0;t=50')
    assert calls == []
    assert ordered("", address="198.51.100.9")["statusCode"] == 401
    assert ordered("Ada")["statusCode"] == 201
    assert looked()["statusCode"] == 200


def test_whom_we_fail_to_recognise_is_not_counted(now: object) -> None:
    with calls_of_the_table() as calls:
        assert told(ordered("too much for us")) == (503, None, None)
    assert calls == []


def test_a_remembered_answer_tells_what_is_left_now(now: time_machine.Traveller) -> None:
    """INV-10: it is the first answer, byte for byte; what is told beside it is of today."""
    first = ordered(idempotency_key="key-1")
    now.shift(20)
    again = ordered(idempotency_key="key-1")
    assert (again["statusCode"], again["body"]) == (201, first["body"])
    assert told(again) == (201, '"guests";q=3;w=60', '"guests";r=1;t=30')


def test_that_somebody_was_to_wait_is_never_remembered(now: time_machine.Traveller) -> None:
    """INV-10"""
    for _ in range(3):
        ordered()
    assert ordered(idempotency_key="key-1")["statusCode"] == 429
    now.shift(50)
    assert ordered(idempotency_key="key-1")["statusCode"] == 201


def _error(status: int, code: str) -> AWSResponse:
    body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "asked for by a test"})
    return response(status, body, "application/x-amz-json-1.0")


URL = "http://dynamodb.test/"
FAILURES: dict[str, AWSResponse | Exception] = {
    "too many on one row": _error(400, "ProvisionedThroughputExceededException"),
    "throttled": _error(400, "ThrottlingException"),
    "not permitted": _error(400, "AccessDeniedException"),
    "no such table": _error(400, "ResourceNotFoundException"),
    "its own failure": _error(500, "InternalServerError"),
    "somebody else's answer": response(200, "<html>It works!</html>", "text/html"),
    "an empty answer": response(200, "", "application/x-amz-json-1.0"),
    "nobody's credentials": NoCredentialsError(),
    "no answer": ReadTimeoutError(endpoint_url=URL),
    "no connection in time": ConnectTimeoutError(endpoint_url=URL),
    "no connection": EndpointConnectionError(endpoint_url=URL),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
def test_while_the_table_does_not_count_everybody_is_let_in_soon_and_a_metric_says_so(
    now: object,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failure: AWSResponse | Exception,
) -> None:
    """The table of limits was throttled, and every request waited for it until it had run out of time itself."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    with answering(table.client(), "UpdateItem", failure) as attempts:
        assert [told(looked()) for _ in range(4)] == [(200, None, None)] * 4
    assert 4 <= len(attempts) <= 12, "botocore's own three, and none of ours on top"
    assert capsys.readouterr().out.count('"LimiterUnavailable"') >= 4
    assert told(looked("198.51.100.9")) == (200, '"strangers";q=2;w=60', '"strangers";r=1;t=50')


def test_the_published_limits() -> None:
    """Specification, section 5."""
    published = [limits.PUBLIC, limits.AUTHENTICATED, limits.WEBHOOK, limits.FILE_UPLOAD, limits.SYNC]
    assert [(each.requests, each.window_seconds) for each in published] == [
        (100, 60),
        (1000, 60),
        (500, 60),
        (10, 60),
        (5, 3600),
    ]
    assert [each for each in published if each.is_shared] == [limits.FILE_UPLOAD, limits.SYNC]
