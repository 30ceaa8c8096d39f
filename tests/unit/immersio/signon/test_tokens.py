"""Tokens of Immersio: whatever is wrong with one, it is refused in the same words, and nothing is written."""

import json
import time
from typing import Any

import boto3
import jwt
import pytest
import requests
import time_machine
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from immersio.signon import published_keys
from kernel import keys, table
from kernel import settings as ours
from tests.support.immersio import ACADEMY, Immersio
from tests.support.schools import Schools
from tests.support.sign_on import SECRET, call_back, is_refused, shared, token

pytestmark = pytest.mark.usefixtures("now")
NOW = 1796112000


@pytest.fixture(autouse=True)
def new_process() -> None:
    published_keys.published_at.cache_clear()


def test_a_token_is_good_for_once(schools: Schools, immersio: Immersio) -> None:
    """INV-24: neither in the same spelling nor signed anew."""
    signed = token(immersio)
    assert call_back(signed).status == 200
    before = schools.rows()
    assert is_refused(call_back(signed))
    assert call_back(shared()).status == 200
    assert is_refused(call_back(shared(exp=NOW + 200, name="Else")))
    assert len(schools.rows()) == len(before) + 1, "the second token's own row"


WRONG: dict[str, dict[str, Any]] = {
    "of another issuer": {"iss": "immersion"},
    "without issuer": {"iss": None},
    "for somebody else": {"aud": "immersio-shop"},
    "for nobody": {"aud": None},
    "expired": {"iat": NOW - 600, "exp": NOW - 300},
    "without end": {"exp": None},
    "without beginning": {"iat": None},
    "made in the future": {"iat": NOW + 3000, "exp": NOW + 6000},
    "not valid yet": {"nbf": NOW + 3000},
    "valid for too long": {"exp": NOW + 24 * 3600},
    "ending before it began": {"iat": NOW, "exp": NOW - 1},
    "times as text": {"exp": str(NOW + 300)},
    "for ever": {"exp": float("inf")},
    "no number": {"exp": float("nan")},
    "without id": {"jti": None},
    "an empty id": {"jti": ""},
    "of nobody": {"sub": None},
    "of a number": {"sub": 42},
    "of a key's part": {"sub": "a b"},
    "without address": {"email": None},
    "not an address": {"email": "ada"},
    "an address not proven": {"email_verified": False},
    "without organisation": {"orgId": None},
    "of no school": {"orgId": "org_unknown"},
    "of many": {"orgId": [ACADEMY]},
    "a name that is none": {"name": {"first": "Ada"}},
    "a role that is none": {"role": ["teacher"]},
}


@pytest.mark.parametrize("wrong", WRONG, ids=lambda name: name.replace(" ", "-"))
def test_whatever_is_wrong_with_a_token_the_answer_is_the_same(schools: Schools, wrong: str) -> None:
    """INV-24: and nothing is written, nor is there a cookie."""
    before = schools.rows()
    assert is_refused(call_back(shared(**WRONG[wrong])))
    assert schools.rows() == before
    assert call_back(shared()).status == 200, "and without that it would have been taken"


def test_however_a_token_is_signed_wrongly_the_answer_is_the_same(schools: Schools, immersio: Immersio) -> None:
    """INV-24"""
    public = published(immersio)
    header, payload, signature = token(immersio).split(".")
    _, other_payload, _ = token(immersio, email="olga@language-academy.example").split(".")
    answers = [
        call_back(signed)
        for signed in (
            token(immersio, alg="none"),
            shared(header={"alg": "HS512"}, hashed="sha512"),
            token(immersio, alg="RS512"),
            token(immersio, headers={"kid": "key-9"}),
            token(immersio, headers={"kid": ""}),
            shared("another secret, that is long enough"),
            shared(public, {"alg": "HS256", "kid": "key-1"}),
            shared(public, {"alg": "RS256", "kid": "key-1"}),
            shared(header={"alg": "hs256"}),
            shared(header={"alg": ["HS256"]}),
            shared(header={"typ": "JWT"}),
            shared(header={"alg": "RS256"}),
            shared(header={"alg": "RS256", "kid": {"a": 1}}),
            f"{header}.{other_payload}.{signature}",
            f"{header}.{payload}.",
            f"{header}.{payload}.{signature[::-1]}",
            f"{header}.{payload}",
            f"{header}.{payload}.{signature}.{signature}",
            "e30.e30.e30",
            "x" * 10_000,
            "[" * 5000,
            "\ud800",
            "",
            42,
            None,
            True,
            {"alg": "none"},
            ["a.b.c"],
        )
    ]
    assert [is_refused(answer) for answer in answers] == [True] * len(answers)
    assert call_back(f"{header}.{payload}.{signature}").status == 200


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(), st.lists(st.text(alphabet="eyJabc0-_="), min_size=3, max_size=3).map(".".join)))
def test_any_text_is_refused_in_the_same_words(schools: Schools, text: str) -> None:
    """INV-24"""
    table.write(table.Delete(key=keys.rate_window("ip 203.0.113.7", int(time.time()) // 60)))
    assert is_refused(call_back(text))


def test_clocks_may_differ_by_a_quarter_of_a_minute(schools: Schools) -> None:
    now = NOW
    with time_machine.travel(now, tick=False):
        assert call_back(shared(jti="ahead", iat=now + 15, exp=now + 300)).status == 200
        assert is_refused(call_back(shared(jti="too-far", iat=now + 16, exp=now + 300)))
        assert call_back(shared(jti="late", iat=now - 100, exp=now - 14)).status == 200
        assert is_refused(call_back(shared(jti="too-late", iat=now - 100, exp=now - 15)))


def test_a_token_lives_an_hour_at_the_most(schools: Schools) -> None:
    now = NOW
    assert call_back(shared(jti="hour", iat=now, exp=now + 3600)).status == 200
    assert is_refused(call_back(shared(jti="more", iat=now, exp=now + 3601)))


@pytest.mark.parametrize("content", [{}, {"sign_on_secret": ""}, {"sign_on_secret": "x" * 31}])
def test_without_a_shared_secret_of_32_bytes_only_published_keys_count(
    schools: Schools, immersio: Immersio, content: dict[str, str]
) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId="immersio", SecretString=json.dumps(content))
    ours._secrets_provider.cache_clear()
    assert is_refused(call_back(shared(content.get("sign_on_secret", ""))))
    assert call_back(token(immersio)).status == 200


def test_a_rotation_of_keys_is_followed_at_once(schools: Schools, immersio: Immersio) -> None:
    assert call_back(token(immersio)).status == 200
    with time_machine.travel(time.time() + 31):
        immersio.rotate_keys()
        assert call_back(token(immersio)).status == 200


def test_a_key_that_immersio_withdraws_is_believed_for_minutes_only(schools: Schools, immersio: Immersio) -> None:
    assert call_back(token(immersio)).status == 200
    signed = token(immersio, exp=NOW + 3000)
    immersio.rotate_keys(keep=False)
    with time_machine.travel(time.time() + 601):
        assert is_refused(call_back(signed))


def test_neither_tokens_nor_secrets_are_ever_logged(
    schools: Schools, immersio: Immersio, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """INV-26: operators see why a token was refused, and nothing of it."""
    caplog.set_level("INFO")
    signed = token(immersio)
    answered = call_back(signed)
    call_back(signed)
    call_back(shared("another secret, that is long enough"))
    call_back(token(immersio, alg="none"))
    call_back(shared(email="not an address"))
    ours = (record for record in caplog.records if record.name == "booking")
    logged = "".join(capsys.readouterr()) + "\n".join(f"{one.getMessage()} {one.__dict__}" for one in ours)
    for reason in ("used before", "InvalidSignatureError", "another algorithm", "ValidationError"):
        assert reason in logged
    for secret in (signed, signed.rpartition(".")[2][:20], answered.json["sessionToken"], SECRET, "not an address"):
        assert secret not in logged


def published(immersio: Immersio) -> str:
    """The first public key, as PEM: whoever takes it for a secret can be fooled."""
    (key,) = requests.get(f"{immersio.url}/.well-known/jwks.json", timeout=60).json()["keys"]
    public: Any = jwt.PyJWK(key).key
    return str(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())
