"""Which pages may call, and which of them with cookies: as template.yaml configures API Gateway."""

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from local import template
from local.cors import Cors

FRONT_END = "https://app.example.com"


def answered(origin: str, trusted_origins: str) -> Response:
    response = Response()
    request = Request(EnvironBuilder(headers=[("Origin", origin)]).get_environ())
    Cors(template.read().cors(trusted_origins)).apply(request, response)
    return response


def test_while_no_front_end_is_named_any_page_may_call_without_cookies() -> None:
    headers = answered("https://anybody.example", "").headers
    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers


def test_the_pages_of_a_named_front_end_may_send_cookies() -> None:
    headers = answered(FRONT_END, f"https://other.example.com {FRONT_END}").headers
    assert headers["access-control-allow-origin"] == FRONT_END
    assert headers["access-control-allow-credentials"] == "true"


@pytest.mark.parametrize("origin", ["https://evil.example", f"{FRONT_END}.evil.example", "null", "*"])
def test_no_other_page_may(origin: str) -> None:
    assert "access-control-allow-origin" not in answered(origin, FRONT_END).headers


def test_both_configurations_differ_in_origins_and_cookies_only() -> None:
    """A header was allowed in one of the two lists, and browsers of the other stages were refused."""
    named, without = template.read().cors(FRONT_END), template.read().cors("")
    assert named.pop("allowCredentials") is True
    assert {**named, "allowOrigins": ["*"]} == without
