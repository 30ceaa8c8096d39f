"""Where our requests may go. Names are resolved by a resolver that says what the test wants."""

import socket
from collections.abc import Callable
from typing import Any

import pytest

from kernel import destinations
from kernel.errors import InvalidInput

PUBLIC = "93.184.215.14"
Resolve = Callable[..., None]


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Resolve:
    """Decide what every name leads to, as the owner of a domain does."""

    def install(*addresses: str) -> None:
        def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
            if not addresses:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    return install


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "prod")


def test_a_public_address_is_returned_with_the_name_it_was_found_under(resolve: Resolve, deployed: None) -> None:
    resolve(PUBLIC)
    found = destinations.check("https://Chatbot.Example.com:8443/tours?token=secret")
    assert (found.host, found.address) == ("chatbot.example.com", PUBLIC)
    assert found.authority == "Chatbot.Example.com:8443"


def test_ipv4_is_preferred_because_lambda_has_no_way_out_by_ipv6(resolve: Resolve, deployed: None) -> None:
    resolve("2606:2800:21f:cb07:6820:80da:af6b:8b2c", PUBLIC)
    assert destinations.check("https://chatbot.example.com").address == PUBLIC


def test_a_public_ipv4_address_in_ipv6_dress_is_taken_for_what_it_is(resolve: Resolve, deployed: None) -> None:
    """INV-29"""
    resolve(f"::ffff:{PUBLIC}")
    assert destinations.check("https://chatbot.example.com").address == PUBLIC


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.8",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:10.0.0.8",
        "::ffff:127.0.0.1",
        "64:ff9b::a00:8",
        "2002:a00:8::1",
        "2001:0:a00:8::1",
        "2001:db8::1",
    ],
)
def test_an_address_that_is_not_public_is_refused_however_it_is_written(
    resolve: Resolve, deployed: None, address: str
) -> None:
    """INV-29"""
    resolve(address)
    with pytest.raises(destinations.Refused, match="public internet"):
        destinations.check("https://chatbot.example.com/tours")


def test_one_private_address_among_public_ones_is_enough_to_refuse(resolve: Resolve, deployed: None) -> None:
    """INV-29"""
    resolve(PUBLIC, "10.0.0.8")
    with pytest.raises(destinations.Refused):
        destinations.check("https://chatbot.example.com")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "[::1]", "[::ffff:7f00:1]"])
def test_loopback_is_refused_in_every_spelling_the_resolver_reads(deployed: None, host: str) -> None:
    """INV-29"""
    with pytest.raises(destinations.Refused):
        destinations.check(f"https://{host}/tours")


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://chatbot.example.com", "https"),
        ("HTTP://chatbot.example.com", "https"),
        ("ftp://chatbot.example.com", "URL"),
        ("//chatbot.example.com", "URL"),
        ("https://", "URL"),
        ("https://chatbot.example.com:99999", "URL"),
        ("https://[::1", "URL"),
        ("https://ada:secret@chatbot.example.com", "user name"),
        ("https://@chatbot.example.com", "user name"),
        ("https://chatbot.example.com\\@10.0.0.8/", "visible ASCII"),
        ("https://chatbot.example.com/\r\nHost: x", "visible ASCII"),
        ("https://chätbot.example.com", "visible ASCII"),
        ("https://chatbot.example.com/" + "x" * 2000, "visible ASCII"),
    ],
)
def test_a_url_that_breaks_a_rule_is_refused_and_not_quoted(
    resolve: Resolve, deployed: None, url: str, rule: str
) -> None:
    """INV-29, and INV-26: a URL may hold a token."""
    resolve(PUBLIC)
    with pytest.raises(destinations.Refused, match=rule) as refused:
        destinations.check(url)
    assert "chatbot.example.com" not in str(refused.value).replace("https://chatbot.example.com/tours", "")
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("host", ["nowhere.example.com", "x" * 64 + ".example.com", "a..example.com"])
def test_a_host_that_cannot_be_found_is_refused(resolve: Resolve, deployed: None, host: str) -> None:
    resolve()
    with pytest.raises(destinations.Refused, match="cannot be found"):
        destinations.check(f"https://{host}")


def test_only_a_local_stack_may_send_to_loopback_and_only_over_plain_http(
    resolve: Resolve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """INV-29"""
    resolve("127.0.0.1")
    monkeypatch.setenv("STAGE", "local")
    assert destinations.check("http://localhost:8080/tours").address == "127.0.0.1"
    with pytest.raises(destinations.Refused):
        destinations.check("https://localhost:8080/tours")
    resolve("10.0.0.8")
    with pytest.raises(destinations.Refused):
        destinations.check("http://chatbot.example.com")
    monkeypatch.setenv("STAGE", "dev")
    resolve("127.0.0.1")
    with pytest.raises(destinations.Refused):
        destinations.check("http://localhost:8080/tours")


def test_input_that_is_refused_names_its_field(resolve: Resolve, deployed: None) -> None:
    resolve("10.0.0.8")
    with pytest.raises(InvalidInput) as refused:
        destinations.require("callback_url", "https://chatbot.example.com")
    [detail] = refused.value.details
    assert detail["field"] == "callback_url"
