"""Signing in by Immersio, as a browser does it: there, as somebody, and back with a token."""

import base64
import hmac
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

from kernel import clock, session
from tests.support.immersio import ACADEMY, Immersio
from tests.support.schools import Schools, result
from tests.support.workers import Context, function
from tests.support.world import IMMERSIO, Reply

HOME = "https://language-academy.booking.immersio.com"
PAGE = f"{HOME}/signed-on"
ADA = {"orgId": ACADEMY, "email": "ada@example.com", "name": "Ada Byron", "sub": "user_ada", "role": "student"}

IP = "203.0.113.7"
SECRET = IMMERSIO["sign_on_secret"]
REFUSED = '{"error":"Invalid token","code":"INVALID_TOKEN"}'


@dataclass
class Answered(Reply):
    cookies: list[str]
    """As in `Set-Cookie`."""

    @property
    def refusal(self) -> tuple[int, str]:
        return self.status, self.json["code"]

    @property
    def kept(self) -> list[str]:
        """The cookies as a browser sends them back."""
        return [cookie.partition(";")[0] for cookie in self.cookies]


def login(**query: str) -> Answered:
    return _call("immersio/oauth/immersio/login", "GET", urlencode(query), None, ())


def call_back(
    token: Any, page: str | None = PAGE, *, cookies: list[str] | None = None, ip: str = IP, **fields: Any
) -> Answered:
    body = {"token": token, "redirectUrl": page, **fields}
    return _call("immersio/oauth/immersio/callback", "POST", "", body, tuple(cookies or ()), ip)


def through_immersio(left: Answered, person: str = "student_456") -> dict[str, str]:
    """What stands in the address to which Immersio sends the browser back."""
    answer = requests.post(left.headers["location"], data={"person": person}, allow_redirects=False, timeout=60)
    assert answer.status_code == 303
    back = urlsplit(answer.headers["location"])
    return {"page": f"{back.scheme}://{back.netloc}{back.path}", **dict(parse_qsl(back.query))}


def token(immersio: Immersio, **claims: Any) -> str:
    """Ada's, or with other claims."""
    return immersio.token(**{**ADA, **claims})


def me(schools: Schools, answered: Answered) -> Any:
    """Who the session that was set is, by another procedure."""
    assert answered.status == 200, answered.body
    return result(schools.call("viewer.me.get", *answered.kept))


def session_of(answered: Answered, secret: str) -> session.Session:
    found = session.read(answered.kept, secret)
    assert found
    return found


def claims(**changes: Any) -> dict[str, Any]:
    """Of a token that would be taken, or with changes; None removes one."""
    now = clock.epoch(clock.now())
    usual = {"iss": "immersio", "aud": "immersio-booking", "iat": now, "exp": now + 300, "jti": "once", **ADA}
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def shared(
    secret: str = SECRET, header: dict[str, Any] | None = None, *, hashed: str = "sha256", **changes: Any
) -> str:
    """Signed with the secret that is shared (HS256), by hand: no library would sign all that is tried here."""
    parts = [header or {"alg": "HS256", "typ": "JWT"}, claims(**changes)]
    signed = ".".join(_base64(json.dumps(part).encode()) for part in parts)
    return f"{signed}.{_base64(hmac.digest(secret.encode(), signed.encode(), hashed))}"


def is_refused(answered: Answered) -> bool:
    """In the words that say nothing, and with no cookie."""
    return (answered.status, answered.body, answered.cookies) == (401, REFUSED, [])


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _call(folder: str, method: str, query: str, body: Any, cookies: tuple[str, ...], ip: str = IP) -> Answered:
    event = {
        "version": "2.0",
        "rawQueryString": query,
        "headers": {"content-type": "application/json"},
        "cookies": list(cookies),
        "requestContext": {"http": {"method": method, "sourceIp": ip}, "requestId": "test"},
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
    }
    answer = function(folder)(event, Context())
    return Answered(answer["statusCode"], answer["body"], answer["headers"], answer.get("cookies", []))
