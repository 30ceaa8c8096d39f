"""Requests become the events API Gateway makes of them, and results its answers."""

from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from local.cors import Cors
from local.functions import Functions
from local.gateway import Gateway
from local.template import Function, Route

ECHO = "def handler(event, context):\n    return {'event': event, 'name': context.function_name}\n"
TEAPOT = """
def handler(event, context):
    return {'statusCode': 418, 'headers': {'X-Tea': 'oolong'}, 'cookies': ['a=1', 'b=2'],
            'body': 'c2hvcnQgYW5kIHN0b3V0', 'isBase64Encoded': True}
"""


@pytest.fixture
def api(tmp_path: Path) -> Client:
    """Three routes that echo, one that is a teapot."""
    echo = _function(tmp_path, "Echo", ECHO)
    routes = [
        Route(echo, "GET", "/things/{thing_id}"),
        Route(echo, "GET", "/things/all"),
        Route(echo, "POST", "/things"),
        Route(_function(tmp_path, "Teapot", TEAPOT), "GET", "/tea"),
    ]
    return Client(Gateway(routes, Cors({}), Functions()), use_cookies=False)


def test_a_path_parameter_reaches_the_function_decoded(api: Client) -> None:
    event = _event(api.get("/things/caf%C3%A9%20noir"))
    assert event["pathParameters"] == {"thing_id": "café noir"}
    assert event["routeKey"] == "GET /things/{thing_id}"


def test_a_literal_path_wins_over_a_parameter(api: Client) -> None:
    assert _event(api.get("/things/all"))["routeKey"] == "GET /things/all"


def test_repeated_query_values_are_joined_and_the_raw_query_is_kept(api: Client) -> None:
    event = _event(api.get("/things/1?tag=a&tag=b%20c"))
    assert event["queryStringParameters"] == {"tag": "a,b c"}
    assert event["rawQueryString"] == "tag=a&tag=b%20c"


def test_cookies_travel_apart_from_the_other_headers(api: Client) -> None:
    event = _event(api.get("/things/1", headers={"Cookie": "a=1; b=2", "X-Colour": "teal"}))
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["headers"]["x-colour"] == "teal"
    assert "cookie" not in event["headers"]


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/json", '{"name": "Zoë"}'.encode(), ('{"name": "Zoë"}', False)),
        ("text/plain; charset=utf-8", b"plain", ("plain", False)),
        ("application/x-www-form-urlencoded", b"a=b", ("YT1i", True)),
        ("application/json", b"\xff", ("/w==", True)),
    ],
)
def test_a_body_is_text_where_its_type_says_so(
    api: Client, content_type: str, body: bytes, expected: tuple[str, bool]
) -> None:
    event = _event(api.post("/things", data=body, content_type=content_type))
    assert (event["body"], event["isBase64Encoded"]) == expected


def test_a_request_without_extras_has_no_empty_fields(api: Client) -> None:
    assert not {"cookies", "queryStringParameters", "pathParameters", "body"} & _event(api.get("/things/all")).keys()


def test_a_result_with_a_status_is_the_answer(api: Client) -> None:
    answer = api.get("/tea")
    assert (answer.status_code, answer.text, answer.headers["X-Tea"]) == (418, "short and stout", "oolong")
    assert answer.headers.getlist("Set-Cookie") == ["a=1", "b=2"]


def test_a_method_nobody_declared_is_not_found(api: Client) -> None:
    answer = api.delete("/things/1")
    assert (answer.status_code, answer.json) == (404, {"message": "Not Found"})


def _function(folder: Path, name: str, code: str) -> Function:
    (folder / name).mkdir()
    function = Function(name, folder / name, "handler.handler", timeout_seconds=3, memory_mb=128, environment={})
    function.source.write_text(code)
    return function


def _event(answer: TestResponse) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.get_json()
    return dict(result["event"])
