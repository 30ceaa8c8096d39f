"""The real next-auth makes cookies that we read, and reads those that we make."""

from datetime import timedelta
from typing import Any

import pytest

from kernel import session
from tests.clients.node import Node
from tests.wire import sample

SECRET = sample.SECRET
CLAIMS = {"sub": "42", "email": "ada@example.com", "name": "Ada 山田 🚀", "picture": None, "role": "USER"}
BY_SCHEME = pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
BY_LENGTH = pytest.mark.parametrize("blob", ["", "x" * 9000], ids=["one cookie", "chunks"])


def read(cookies: dict[str, str]) -> session.Session | None:
    return session.read([f"{name}={value}" for name, value in cookies.items()], SECRET)


@BY_SCHEME
@BY_LENGTH
def test_a_cookie_of_next_auth_is_believed(node: Node, secure: bool, blob: str) -> None:
    cookies = node.do("makeCookies", token={**CLAIMS, "blob": blob}, secret=SECRET, maxAge=60, secure=secure)
    found = read(cookies)
    assert found is not None
    assert (found.user_id, found.email, found.claims["name"]) == (42, "ada@example.com", CLAIMS["name"])
    assert len(cookies) == (4 if blob else 1)


@BY_SCHEME
@BY_LENGTH
def test_next_auth_believes_a_cookie_of_ours(node: Node, secure: bool, blob: str) -> None:
    extra: dict[str, Any] = {"name": CLAIMS["name"], "blob": blob}
    cookies = session.cookies(42, "ada@example.com", SECRET, secure=secure, lifetime=timedelta(minutes=1), **extra)
    claims = node.do("readCookies", cookies=cookies, secret=SECRET, secure=secure)
    assert claims.items() >= {"sub": "42", "email": "ada@example.com", **extra}.items()
    assert claims["exp"] - claims["iat"] == 60


def test_a_cookie_of_next_auth_that_is_touched_expired_or_of_another_secret_is_refused(node: Node) -> None:
    def made(**how: Any) -> dict[str, str]:
        cookies: dict[str, str] = node.do("makeCookies", **{"token": CLAIMS, "secret": SECRET, "maxAge": 60, **how})
        return cookies

    ((name, token),) = made().items()
    assert read({name: token}) is not None
    parts = token.split(".")
    for position in (0, 2, 3, 4):
        touched = [
            part[:-1] + ("A" if part[-1] != "A" else "B") if at == position else part for at, part in enumerate(parts)
        ]
        assert read({name: ".".join(touched)}) is None
    assert read(made(maxAge=-15)) is None
    assert read(made(secret="another secret")) is None
    assert read(made(token={"sub": "42"})) is None
    assert read(made(token={"email": "ada@example.com"})) is None


@pytest.mark.parametrize("client", ["v10", "v11", "cal"])
def test_a_client_with_the_cookie_of_next_auth_is_let_in(node: Node, school: str, client: str) -> None:
    ((name, token),) = node.do("makeCookies", token=CLAIMS, secret=SECRET, maxAge=60).items()
    call = {"path": "immersio.tenant.get", "kind": "query", "input": {"$undefined": True}}
    for cookie, ok in ((f"{name}={token}", True), (f"{name}={token[:-1]}", False)):
        answer = node.do("call", client=client, url=school, headers={"cookie": cookie}, calls=[call])
        assert answer["results"][0]["ok"] is ok
