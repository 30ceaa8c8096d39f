"""Who signs in by Immersio is signed in for the real next-auth too: it reads the cookie that our route sets."""

import pytest

from tests.clients.node import Node
from tests.functions.conftest import immersio, schools
from tests.support.immersio import Immersio
from tests.support.schools import Schools
from tests.support.sign_on import call_back, token
from tests.support.world import SESSION_SECRET

__all__ = ["immersio", "schools"]


@pytest.mark.parametrize(("stage", "secure"), [("local", False), ("prod", True)])
def test_next_auth_believes_the_cookie_of_who_signed_in(
    node: Node, schools: Schools, immersio: Immersio, monkeypatch: pytest.MonkeyPatch, stage: str, secure: bool
) -> None:
    monkeypatch.setenv("STAGE", stage)
    answered = call_back(token(immersio, name="Ada 山田 🚀"))
    cookies = dict(cookie.split("=", 1) for cookie in answered.kept)
    claims = node.do("readCookies", cookies=cookies, secret=SESSION_SECRET, secure=secure)
    user = answered.json["user"]
    assert (claims["sub"], claims["email"], claims["name"]) == (str(user["id"]), "ada@example.com", "Ada 山田 🚀")
    assert claims["exp"] - claims["iat"] == 30 * 24 * 3600
