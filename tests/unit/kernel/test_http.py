"""The edge: whatever arrives, the answer is one a client can act on."""

import base64
import json
import logging
from typing import Any, ClassVar, Literal, Self

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from kernel.contract import Errors
from kernel.errors import Conflict, TemporarilyUnavailable
from kernel.fields import Email, Identifier, Line, LocalDate, LocalTime, Prose
from kernel.files import Answer
from kernel.http import Accepted, Created, Redirect, WithCookies, endpoint
from kernel.limits import Limit
from kernel.request import Request
from tests.support.world import Context

UNLIMITED = Limit("unlimited", 10**9, 60)


class Visitor:
    limit: ClassVar[Limit] = UNLIMITED
    refused_with: ClassVar[Errors] = ()
    scope = "a visitor"

    @classmethod
    def authenticate(cls, request: Request) -> Self:
        return cls()


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rug: Line
    size: int = Field(default=1, ge=1, le=9)
    colour: Literal["garish", "plain"] = "plain"
    reach: Email | None = None
    day: LocalDate | None = None
    at: LocalTime | None = None
    reference: Identifier | None = None
    note: Prose | None = None
    tags: dict[str, list[str]] = {}


class Receipt(BaseModel):
    rug: str
    shelf: str
    note: str | None = None


@endpoint("POST /shelves/{shelf}/rugs", caller=Visitor)
def order_rug(request: Order, shelf: str) -> Created[Receipt]:
    return Created(Receipt(rug=request.rug, shelf=shelf))


@endpoint("POST /rugs", caller=Visitor, idempotent=True)
def order_once(request: Order) -> Accepted[Receipt]:
    return Accepted(Receipt(rug=request.rug, shelf="once"))


@endpoint("GET /rugs", caller=Visitor)
def find_rug(request: Order) -> Receipt:
    return Receipt(rug=request.rug, shelf=f"{request.size}")


@endpoint("POST /rugs/kept", caller=Visitor)
def keep_rug(request: Order, cookies: tuple[str, ...]) -> WithCookies[Receipt]:
    return WithCookies(Receipt(rug=request.rug, shelf=",".join(cookies)), ("rug=garish", "shelf=top"))


@endpoint("GET /rugs/elsewhere", caller=Visitor)
def look_elsewhere() -> Redirect:
    return Redirect("https://rugs.example/", ("rug=garish",))


def post(body: Any, *, headers: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **(headers or {})},
        "pathParameters": {"shelf": "top"},
        "requestContext": {"http": {"method": "POST", "sourceIp": "203.0.113.7"}, "requestId": "quote-me"},
        "body": body if isinstance(body, str) else json.dumps(body),
        "isBase64Encoded": False,
        **changes,
    }


def get(query: str) -> dict[str, Any]:
    event = post("", rawQueryString=query)
    event["requestContext"]["http"]["method"] = "GET"
    return event


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
ORDERS = st.fixed_dictionaries({}, optional=dict.fromkeys(Order.model_fields, JSON))
BODIES = st.text(max_size=60) | (JSON | ORDERS).map(json.dumps) | st.just("[" * 50_000) | st.just("9" * 5_000)
HEADERS = st.dictionaries(
    st.sampled_from(["content-type", "idempotency-key", "x-any"]) | st.text(max_size=9), st.text()
)


@given(body=BODIES, headers=HEADERS, query=st.text(max_size=40), is_json=st.booleans())
@example(body='{"rug": "\\ud800"}', headers={}, query="", is_json=True)
@example(body='{"\\ud800": 1}', headers={}, query="", is_json=True)
@example(body='{"rug": "GARISH-RUG", "size": Infinity}', headers={}, query="", is_json=True)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_body_headers_and_query_get_an_answer_below_500(
    aws: None, body: str, headers: dict[str, str], query: str, is_json: bool
) -> None:
    said = {**headers, "content-type": "application/json"} if is_json else headers
    for handler in (order_rug, order_once):
        _is_an_answer(handler(post(body, headers=said, rawQueryString=query), Context()))
    _is_an_answer(find_rug(get(query), Context()))


@given(raw=st.binary(max_size=60))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_get_an_answer_below_500(aws: None, raw: bytes) -> None:
    encoded = post(base64.b64encode(raw).decode(), isBase64Encoded=True)
    _is_an_answer(order_rug(encoded, Context()))


@pytest.mark.parametrize("body", ["no base64!", "YQ=", "é"])
def test_a_body_that_is_not_the_base64_it_claims_to_be_is_a_400(aws: None, body: str) -> None:
    assert order_rug(post(body, isBase64Encoded=True), Context())["statusCode"] == 400


def test_a_body_in_base64_is_read_as_the_same_body_in_text(aws: None) -> None:
    text = json.dumps({"rug": "GARISH-RUG", "note": "größer"}, ensure_ascii=False)
    encoded = base64.b64encode(text.encode()).decode()
    answers = [order_rug(post(text), Context()), order_rug(post(encoded, isBase64Encoded=True), Context())]
    assert answers[0]["body"] == answers[1]["body"]
    assert [answer["statusCode"] for answer in answers] == [201, 201]


def test_each_wrong_field_is_named_with_its_rule(aws: None) -> None:
    refused = _refusal(order_rug(post({"size": 10, "colour": "loud", "rugs": 1}), Context()), 400)
    assert set(refused) == {"error", "code", "details"}
    assert refused["code"] == "VALIDATION_ERROR"
    assert [detail["field"] for detail in refused["details"]] == ["rug", "size", "colour", "rugs"]
    assert all(detail["message"] in refused["error"] for detail in refused["details"])


def test_a_wrong_value_is_not_repeated_to_the_client(aws: None) -> None:
    """INV-26: what was sent may be a secret in the wrong field."""
    answer = order_rug(post({"rug": "x", "colour": "sk_live_SECRET", "size": "sk_live_SECRET"}), Context())
    assert answer["statusCode"] == 400
    assert "SECRET" not in answer["body"]


def test_a_query_field_that_is_given_twice_is_refused(aws: None) -> None:
    refused = _refusal(find_rug(get("rug=GARISH-RUG&rug=PLAIN-RUG"), Context()), 400)
    assert refused["details"] == [{"field": "rug", "message": "is given more than once; give it once"}]


@pytest.mark.parametrize("query", ["rug=%ff", "&".join(f"f{n}=1" for n in range(101))])
def test_a_query_that_is_not_utf_8_or_endless_is_refused(aws: None, query: str) -> None:
    assert find_rug(get(query), Context())["statusCode"] == 400


def test_a_query_is_decoded(aws: None) -> None:
    answer = find_rug(get("rug=GARISH%20RUG+%C3%A9&size=3"), Context())
    assert json.loads(answer["body"]) == {"rug": "GARISH RUG é", "shelf": "3"}


def test_a_model_answers_without_what_was_not_set(aws: None) -> None:
    answer = order_rug(post({"rug": "GARISH-RUG"}), Context())
    assert json.loads(answer["body"]) == {"rug": "GARISH-RUG", "shelf": "top"}
    assert _of_the_answer(answer) == {"content-type": "application/json", "cache-control": "no-store"}


def test_a_failure_of_ours_hides_its_reason_and_can_be_found_in_the_log(
    aws: None, caplog: pytest.LogCaptureFixture
) -> None:
    @endpoint("POST /rugs", caller=Visitor)
    def handler(request: Order) -> Receipt:
        raise RuntimeError("the password of the database is swordfish")

    with caplog.at_level(logging.ERROR):
        answer = handler(post({"rug": "SWEATY-RUG"}), Context())
    refused = _refusal(answer, 500)
    assert refused["code"] == "INTERNAL_ERROR"
    assert "quote-me" in refused["error"]
    assert "swordfish" not in answer["body"]
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert vars(record)["request_id"] == "quote-me"
    assert record.exc_info
    assert "SWEATY-RUG" not in caplog.text, "INV-26: bodies are not logged"


def test_a_published_error_tells_its_code_details_and_when_to_come_back(aws: None) -> None:
    @endpoint("POST /rugs", caller=Visitor, errors=(Conflict,))
    def handler(request: Order) -> Receipt:
        if request.rug == "gone":
            raise Conflict("The last one is sold", {"left": 0})
        raise TemporarilyUnavailable("The shop is closed", retry_after_seconds=60)

    assert _refusal(handler(post({"rug": "gone"}), Context()), 409) == {
        "error": "The last one is sold",
        "code": "CONFLICT",
        "details": {"left": 0},
    }
    closed = handler(post({"rug": "late"}), Context())
    assert _refusal(closed, 503) == {"error": "The shop is closed", "code": "TEMPORARILY_UNAVAILABLE"}
    assert closed["headers"]["retry-after"] == "60"


@pytest.mark.parametrize("shelf", ["x" * 201, "top shelf", "größer", "a\n", "\x00", "💥"], ids=range(6))
def test_an_id_in_the_path_that_can_be_nobodys_is_one_that_nobody_has(aws: None, shelf: str) -> None:
    """DynamoDB refuses keys over 2 KB, which was a 500."""
    answer = order_rug(post({"rug": "GARISH-RUG"}, pathParameters={"shelf": shelf}), Context())
    assert _refusal(answer, 404)["code"] == "NOT_FOUND"


def test_answers_and_refusals_are_json_without_blanks(aws: None) -> None:
    """One way to write it, so that a client's tests may compare text."""
    for body in ({"rug": "GARISH-RUG"}, {"rug": "GARISH-RUG", "size": 10}):
        text = order_rug(post(body), Context())["body"]
        assert text == json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)


def test_a_handler_that_returns_no_model_is_a_failure_of_ours(aws: None) -> None:
    @endpoint("POST /rugs", caller=Visitor)
    def handler(request: Order) -> dict[str, str]:
        return {"rug": request.rug}

    assert handler(post({"rug": "GARISH-RUG"}), Context())["statusCode"] == 500


def test_the_limit_is_spent_before_the_body_is_looked_at(aws: None) -> None:
    class Once(Visitor):
        limit: ClassVar[Limit] = Limit("once", 1, 10**6)

    @endpoint("POST /rugs", caller=Once)
    def handler(request: Order) -> Receipt:
        return Receipt(rug=request.rug, shelf="")

    assert [handler(post("{"), Context())["statusCode"] for _ in range(2)] == [400, 429]


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 201])
def test_an_idempotency_key_that_cannot_be_one_is_refused(aws: None, key: str) -> None:
    """INV-10"""
    refused = order_once(post({"rug": "GARISH-RUG"}, headers={"Idempotency-Key": key}), Context())
    assert refused["statusCode"] == 400
    assert "Idempotency-Key" in refused["body"]


def _of_the_answer(answer: Answer) -> dict[str, str]:
    """The headers but those of the limit, which stand on every answer."""
    return {name: value for name, value in answer["headers"].items() if not name.startswith("ratelimit")}


def _is_an_answer(answer: Answer) -> None:
    assert 200 <= answer["statusCode"] < 500, answer
    body = json.loads(answer["body"].encode())
    if answer["statusCode"] >= 400:
        assert set(body) - {"details"} == {"error", "code"}
        assert body["error"]


def _refusal(answer: Answer, status: int) -> Any:
    assert answer["statusCode"] == status, answer
    return json.loads(answer["body"])


def test_a_handler_reads_cookies_and_sets_some_with_its_answer(aws: None) -> None:
    answer = keep_rug(post({"rug": "GARISH-RUG"}, cookies=["a=1", "b=2"]), Context())
    assert (answer["statusCode"], json.loads(answer["body"])["shelf"]) == (200, "a=1,b=2")
    assert answer["cookies"] == ["rug=garish", "shelf=top"]
    assert answer["headers"]["cache-control"] == "no-store"
    assert "cookies" not in order_rug(post({"rug": "GARISH-RUG"}), Context())


def test_a_redirect_says_where_to_and_nothing_of_where_from(aws: None) -> None:
    answer = look_elsewhere(post({}), Context())
    assert (answer["statusCode"], answer["body"], answer["cookies"]) == (302, "", ["rug=garish"])
    assert _of_the_answer(answer) == {
        "location": "https://rugs.example/",
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
    }
