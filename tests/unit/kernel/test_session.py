"""Session cookies, against those that the real next-auth made; next-auth itself is asked in tests/clients."""

import base64
import hashlib
import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from kernel import session

RECORDED = json.loads((Path(__file__).parents[2] / "wire/nextauth_vectors.json").read_text())
SECRET = "session-secret-of-the-tests"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
CLAIMS = {"sub": "42", "email": "ada@example.com", "iat": 1767225600, "exp": 1767229200}


@pytest.fixture(autouse=True)
def _at_new_year() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def read(token: str, name: str = session.COOKIE) -> session.Session | None:
    return session.read([f"{name}={token}"], SECRET)


def sealed(**changes: Any) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    return session.seal(claims, SECRET)


@pytest.mark.parametrize("vector", RECORDED["vectors"], ids=lambda vector: vector["name"])
def test_recorded_cookies_are_believed_where_they_should_be(vector: dict[str, Any]) -> None:
    with time_machine.travel(datetime.fromtimestamp(vector["verify_at"], UTC), tick=False):
        found = session.read(vector["request_headers"]["cookie"].split("; "), vector["secrets"][0])
    expected: Any = vector["recommended_result"] if "recommended_result" in vector else vector["real_result"]
    assert (found and _shortened(found.claims)) == expected
    if found:
        assert (found.user_id, found.email) == (int(expected["sub"]), expected["email"])
        assert found.expires_at == datetime.fromtimestamp(expected["exp"], UTC)


def test_the_key_is_derived_as_next_auth_derives_it() -> None:
    derivation = RECORDED["key_derivation"]["v4"]
    key = session._key(RECORDED["vectors"][0]["secrets"][0])
    assert key.hex() == derivation["derived_key_hex_for_secret0"]


@pytest.mark.parametrize("character", range(0, 400, 7))
def test_a_token_with_any_character_changed_is_refused(character: int) -> None:
    """The last character of base64 has bits to spare: a sloppy reader took two spellings for one token."""
    token = sealed()
    position = (character * 31) % len(token)
    other = "A" if token[position] != "A" else "B"
    assert read(token) is not None
    assert read(token[:position] + other + token[position + 1 :]) is None
    assert read(token[:-1] + chr(ord(token[-1]) + 1)) is None


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_any_other_text_is_no_session(text: str) -> None:
    for token in (text, f"{text}.{text}.{text}.{text}.{text}", sealed() + text + "x"):
        with time_machine.travel(NOW, tick=False):
            assert read(token) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"exp": "1767229200"},
        {"exp": True},
        {"exp": -1},
        {"exp": 10**30},
        {"nbf": 1767225616},
        {"nbf": "now"},
        {"sub": None},
        {"sub": 42},
        {"sub": "0"},
        {"sub": "-1"},
        {"sub": "042"},
        {"sub": "42; DROP"},
        {"sub": "4" * 17},
        {"sub": "٤٢"},
        {"email": None},
        {"email": ""},
        {"email": 5},
    ],
    ids=str,
)
def test_a_token_needs_an_expiry_a_user_and_an_email(changes: dict[str, Any]) -> None:
    """INV-24 in spirit: next-auth itself believes a token that never ends."""
    assert read(sealed()) is not None
    assert read(sealed(**changes)) is None


@pytest.mark.parametrize(("seconds", "valid"), [(-1, True), (0, True), (14, True), (15, False), (3600, False)])
def test_a_session_ends_fifteen_seconds_after_its_expiry(seconds: int, valid: bool) -> None:
    token = sealed()
    with time_machine.travel(datetime.fromtimestamp(CLAIMS["exp"] + seconds, UTC), tick=False):  # type: ignore[operator]
        assert (read(token) is not None) == valid


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "dir", "enc": "A256GCM", "zip": "DEF"},
        {"alg": "dir", "enc": "A128CBC-HS256"},
        {"alg": "A256KW", "enc": "A256GCM"},
        {"alg": "none"},
        {"alg": "dir", "enc": "A256GCM", "crit": ["exp"], "exp": 1},
        [],
    ],
    ids=str,
)
def test_only_one_algorithm_is_believed_even_with_the_right_key(header: Any) -> None:
    protected = _base64(json.dumps(header).encode())
    body = AESGCM(session._key(SECRET)).encrypt(bytes(12), json.dumps(CLAIMS).encode(), protected.encode())
    assert read(f"{protected}..{_base64(bytes(12))}.{_base64(body[:-16])}.{_base64(body[-16:])}") is None


@pytest.mark.parametrize("payload", [b"[]", b"not json", b"\xff", b"[" * 5000], ids=["list", "text", "bytes", "deep"])
def test_sealed_content_that_is_no_object_is_no_session(payload: bytes) -> None:
    protected = _base64(b'{"alg":"dir","enc":"A256GCM"}')
    body = AESGCM(session._key(SECRET)).encrypt(bytes(12), payload, protected.encode())
    assert read(f"{protected}..{_base64(bytes(12))}.{_base64(body[:-16])}.{_base64(body[-16:])}") is None


def test_a_token_that_would_take_long_to_open_is_not_opened() -> None:
    assert read(sealed(blob="x" * 20_000)) is None


def test_our_cookies_are_read_again() -> None:
    cookies = session.cookies(42, "ada@example.com", SECRET, secure=False, lifetime=timedelta(hours=1), name="Ada 山田")
    found = session.read([f"{name}={value}" for name, value in cookies.items()], SECRET)
    assert list(cookies) == ["next-auth.session-token"]
    assert found is not None
    assert (found.user_id, found.email, found.claims["name"]) == (42, "ada@example.com", "Ada 山田")
    assert found.expires_at == NOW + timedelta(hours=1)


def test_the_cookie_of_https_comes_before_the_one_anybody_can_set() -> None:
    """A page on plain http planted its own session in a visitor's browser."""
    (secure,) = session.cookies(1, "ada@example.com", SECRET, secure=True).items()
    (plain,) = session.cookies(2, "eve@example.com", SECRET, secure=False).items()
    assert secure[0] == "__Secure-next-auth.session-token"
    found = session.read(["=".join(plain), "=".join(secure)], SECRET)
    assert found is not None
    assert found.user_id == 1
    assert session.read(["=".join(plain), f"{secure[0]}=touched"], SECRET) is None


def test_of_two_cookies_with_one_name_the_first_counts() -> None:
    found = session.read([f"{session.COOKIE}={sealed(sub='1')}", f"{session.COOKIE}={sealed(sub='2')}"], SECRET)
    assert found is not None
    assert found.user_id == 1


def test_a_long_session_is_cut_in_chunks_and_put_together_by_number() -> None:
    cookies = session.cookies(42, "ada@example.com", SECRET, secure=True, blob="x" * 8000)
    assert list(cookies) == [f"__Secure-next-auth.session-token.{number}" for number in range(3)]
    assert {len(value) for value in list(cookies.values())[:-1]} == {3933}
    sent = [f"{name}={value}" for name, value in cookies.items()]
    assert session.read(reversed(sent), SECRET) is not None
    assert session.read([sent[0], sent[2]], SECRET) is None
    assert session.read(sent[1:], SECRET) is None
    assert session.read([*sent, f"{session.SECURE_COOKIE}.csrf=x", f"{session.SECURE_COOKIE}s=y"], SECRET) is not None


def test_eleven_chunks_are_in_the_order_of_their_numbers() -> None:
    """Sorted as text, .10 comes before .2."""
    token = sealed()
    size = len(token) // 11 + 1
    pieces = [token[start : start + size] for start in range(0, len(token), size)]
    assert len(pieces) == 11
    assert (
        session.read([f"{session.COOKIE}.{number}={piece}" for number, piece in enumerate(pieces)], SECRET) is not None
    )


def test_a_cookie_is_set_with_the_attributes_of_next_auth() -> None:
    assert session.set_cookie(session.SECURE_COOKIE, "x", lifetime=timedelta(minutes=1)) == (
        "__Secure-next-auth.session-token=x; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure"
    )
    assert "Secure" not in session.set_cookie(session.COOKIE, "x")


def test_an_empty_secret_makes_no_sessions() -> None:
    with pytest.raises(ValueError, match="empty"):
        session.seal(CLAIMS, "")


def test_no_token_is_logged(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    """INV-26."""
    with caplog.at_level(logging.DEBUG):
        read(sealed() + "x")
    assert capsys.readouterr().out + caplog.text == ""


def _shortened(claims: Any) -> dict[str, Any]:
    """As the recorded file shows claims: a long one by its hash."""
    shown = dict(claims)
    if blob := shown.get("blob"):
        shown["blob"] = f"sha256:{hashlib.sha256(blob.encode()).hexdigest()}:{len(blob)}"
    return shown


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def test_what_is_sealed_is_opened_with_its_own_secret_only() -> None:
    sealed = session.seal({"page": "/"}, "one secret")
    assert session.unseal(sealed, "one secret") == {"page": "/"}
    assert session.unseal(sealed, "another") is None
    assert session.unseal("made up", "one secret") is None
