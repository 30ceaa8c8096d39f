"""Immersio's published keys: how often they are asked for, and what is believed meanwhile."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, Response

from immersio.signon import published_keys
from immersio.signon.published_keys import PublishedKeys
from kernel.errors import ImmersioUnavailable
from tests.support.sandboxes import serving

Clock = time_machine.Traveller


@dataclass
class Publisher:
    published: Any
    status: int = 200
    asked: int = 0
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def application(self) -> Flask:
        app = Flask("immersio")

        @app.get("/jwks.json")
        def jwks() -> Response:
            self.asked += 1
            told = self.published if isinstance(self.published, Iterator) else json.dumps(self.published)
            return Response(told, self.status, self.headers)

        return app


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    one = Publisher({"keys": [jwk("first")]})
    with serving(one.application()) as url:
        one.url = f"{url}/jwks.json"
        yield one


@pytest.fixture
def keys(now: Clock, publisher: Publisher) -> PublishedKeys:
    return PublishedKeys(publisher.url)


@cache
def _public() -> str:
    return str(jwt.algorithms.RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 2048).public_key()))


def jwk(key_id: str) -> dict[str, Any]:
    return {**json.loads(_public()), "kid": key_id, "use": "sig", "alg": "RS256"}


def test_keys_are_asked_for_once_and_then_kept(keys: PublishedKeys, publisher: Publisher, now: Clock) -> None:
    assert keys.find("first")
    now.shift(timedelta(minutes=9, seconds=50))
    assert keys.find("first")
    assert publisher.asked == 1
    now.shift(timedelta(seconds=20))
    assert keys.find("first")
    assert publisher.asked == 2


def test_whoever_invents_key_ids_makes_us_ask_twice_a_minute_only(
    keys: PublishedKeys, publisher: Publisher, now: Clock
) -> None:
    assert [keys.find(f"invented-{number}") for number in range(50)] == [None] * 50
    assert publisher.asked == 1
    now.shift(timedelta(seconds=31))
    assert [keys.find(f"invented-{number}") for number in range(50)] == [None] * 50
    assert publisher.asked == 2


def test_a_new_key_is_found_when_a_token_names_it(keys: PublishedKeys, publisher: Publisher, now: Clock) -> None:
    assert keys.find("first")
    publisher.published = {"keys": [jwk("first"), jwk("second")]}
    now.shift(timedelta(seconds=31))
    assert keys.find("second")
    assert publisher.asked == 2


def test_while_immersio_is_down_known_keys_are_believed_for_an_hour(
    keys: PublishedKeys, publisher: Publisher, now: Clock
) -> None:
    assert keys.find("first")
    publisher.status = 503
    now.shift(timedelta(minutes=59))
    assert keys.find("first")
    with pytest.raises(ImmersioUnavailable):
        keys.find("second")
    now.shift(timedelta(minutes=2))
    with pytest.raises(ImmersioUnavailable):
        keys.find("first")
    publisher.status = 200
    now.shift(timedelta(seconds=6))
    assert keys.find("first")


def test_who_does_not_answer_is_asked_again_after_some_seconds(
    keys: PublishedKeys, publisher: Publisher, now: Clock
) -> None:
    publisher.status = 503
    for _ in range(10):
        with pytest.raises(ImmersioUnavailable):
            keys.find("first")
    assert publisher.asked == 1
    publisher.status = 200
    now.shift(timedelta(seconds=6))
    assert keys.find("first")


@pytest.mark.parametrize(
    "published",
    [[], {}, {"keys": []}, {"keys": "first"}, {"keys": [1]}, None, "text", {"keys": [{"kty": "RSA", "kid": "first"}]}],
)
def test_an_answer_that_holds_no_keys_is_no_answer(keys: PublishedKeys, publisher: Publisher, published: Any) -> None:
    publisher.published = published
    with pytest.raises(ImmersioUnavailable):
        keys.find("first")


def test_a_redirect_is_not_followed(keys: PublishedKeys, publisher: Publisher) -> None:
    publisher.status, publisher.headers = 302, {"location": publisher.url}
    with pytest.raises(ImmersioUnavailable):
        keys.find("first")
    assert publisher.asked == 1


def test_an_answer_without_end_is_not_read_to_its_end(keys: PublishedKeys, publisher: Publisher) -> None:
    publisher.published = {"keys": [jwk("first")], "more": "x" * 100_000}
    with pytest.raises(ImmersioUnavailable):
        keys.find("first")


def test_an_answer_that_drips_ends_with_the_time(
    keys: PublishedKeys, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each piece comes within the limit for one; everybody who signs in would wait for all of them."""
    monkeypatch.setattr(published_keys, "TOTAL_SECONDS", 0.3)
    sent: list[int] = []
    publisher.published = _drip(sent)
    with pytest.raises(ImmersioUnavailable):
        keys.find("first")
    assert len(sent) < 100


def test_an_answer_that_stops_in_the_middle_is_no_answer(
    keys: PublishedKeys, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published_keys, "READ_SECONDS", 0.2)
    publisher.published = _drip([], seconds=0.6)
    with pytest.raises(ImmersioUnavailable):
        keys.find("first")


def _drip(sent: list[int], seconds: float = 0.02) -> Iterator[str]:
    for number in range(100):
        time.sleep(seconds)
        sent.append(number)
        yield " "


def test_nobody_who_listens_is_no_answer(now: Clock) -> None:
    with pytest.raises(ImmersioUnavailable):
        PublishedKeys("http://127.0.0.1:9/jwks.json").find("first")


@pytest.mark.parametrize(
    "other", [{"use": "enc"}, {"alg": "RS512"}, {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"}, {"kid": 7}]
)
def test_keys_for_anything_else_are_none_of_ours(
    keys: PublishedKeys, publisher: Publisher, other: dict[str, Any]
) -> None:
    publisher.published = {"keys": [jwk("first"), {**jwk("other"), **other}]}
    assert keys.find("first")
    assert keys.find("other") is None


def test_many_who_come_at_once_ask_once(keys: PublishedKeys, publisher: Publisher) -> None:
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(keys.find("first"))) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found)
    assert (len(found), publisher.asked) == (10, 1)
