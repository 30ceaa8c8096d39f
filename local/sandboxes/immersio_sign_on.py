"""Immersio's sign-on: a page on which one is somebody, and the keys its tokens are signed with.

GET  /oauth/authorize?org=&redirect_uri=&state=    choose who to be; back to redirect_uri with `token` and `state`
GET  /.well-known/jwks.json                        the public keys
POST /_rotate_keys  {"keep"?}                      sign with another from now on; without `keep` the old are gone
POST /_token        {"orgId", "email", "name", "role"?, "sub"?, "alg"?, "headers"?, …}: a signed token; every other
                    field is a claim that overrides ours, or removes it where it is null
"""

import json
import time
import uuid
from functools import cache
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, abort, redirect, render_template_string, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from local.sandboxes.faults import control_input
from local.sandboxes.immersio_school import Books, Document, Organization, Student

ISSUER, AUDIENCE = "immersio", "immersio-booking"
LIFETIME_SECONDS = 300
TEACHER = "teacher"
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Immersio's sandbox</title>
<style>body {font: 1rem/1.5 system-ui; max-width: 30rem; margin: 3rem auto; padding: 0 1rem}</style>
<main>
<h1>Sign in to {{ organization.name }}</h1>
<p>Who are you?</p>
<form method="post">
{% for person, role in people %}
<p><button name="person" value="{{ person.id }}">{{ person.name }}, {{ role }}</button> {{ person.email }}</p>
{% endfor %}
</form>
</main>
</html>
"""


Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "HS256", "HS384", "HS512", "none"]
"""Immersio signs with the first; the others are for tokens that must not be taken, or only with our shared secret."""


class Wanted(BaseModel):
    model_config = ConfigDict(extra="allow")

    org_id: str = Field(alias="orgId")
    email: str
    name: str
    role: str = "student"
    sub: str | None = None
    alg: Algorithm = "RS256"
    headers: dict[str, Any] = {}


class Rotate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    keep: bool = True


class Keys:
    """Those that are published; the last one signs."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._numbers = [1]

    def rotate(self, keep: bool) -> None:
        self._numbers = [*(self._numbers if keep else []), self._numbers[-1] + 1]

    def published(self) -> Document:
        keys = [
            (number, json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(_key(number).public_key())))
            for number in self._numbers
        ]
        return {"keys": [{**key, "kid": f"key-{number}", "use": "sig", "alg": "RS256"} for number, key in keys]}

    def sign(self, claims: Document, alg: Algorithm, headers: dict[str, Any]) -> str:
        if alg == "none":
            return jwt.encode(claims, "", algorithm="none", headers=headers)
        if alg.startswith("HS"):
            return jwt.encode(claims, self._secret, algorithm=alg, headers=headers)
        number = self._numbers[-1]
        return jwt.encode(claims, _key(number), algorithm=alg, headers={"kid": f"key-{number}", **headers})


@cache
def _key(number: int) -> rsa.RSAPrivateKey:
    """Made anew in every process, and then kept: making one takes a while."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def install(app: Flask, books: Books, secret: str) -> None:
    keys = Keys(secret)

    @app.get("/.well-known/jwks.json")
    def jwks() -> Document:
        return keys.published()

    @app.post("/_rotate_keys")
    def rotate() -> Document:
        keys.rotate(control_input(Rotate).keep)
        return keys.published()

    @app.post("/_token")
    def token() -> Document:
        wanted = control_input(Wanted)
        return {"token": keys.sign(_claims(wanted), wanted.alg, wanted.headers)}

    @app.get("/oauth/authorize")
    def authorize() -> str:
        organization = _organization(books)
        _redirect_uri()
        return render_template_string(PAGE, organization=organization, people=_people(organization))

    @app.post("/oauth/authorize")
    def sign_in() -> ResponseReturnValue:
        organization = _organization(books)
        chosen = {person.id: (person, role) for person, role in _people(organization)}
        person, role = chosen.get(request.form.get("person", "")) or abort(400, "person: there is nobody like that")
        wanted = Wanted(orgId=organization.id, email=person.email, name=person.name, role=role, sub=person.id)
        back = {"token": keys.sign(_claims(wanted), wanted.alg, {}), "state": request.args.get("state", "")}
        uri = _redirect_uri()
        query = [*parse_qsl(uri.query), *back.items()]
        return redirect(uri._replace(query=urlencode(query)).geturl(), 303)


def _claims(wanted: Wanted) -> Document:
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": wanted.sub or f"user_{uuid.uuid5(uuid.NAMESPACE_URL, f'{wanted.org_id}/{wanted.email}').hex[:12]}",
        "email": wanted.email,
        "name": wanted.name,
        "orgId": wanted.org_id,
        "role": wanted.role,
        "iat": now,
        "exp": now + LIFETIME_SECONDS,
        "jti": uuid.uuid4().hex,
        **(wanted.model_extra or {}),
    }
    return {name: value for name, value in claims.items() if value is not None}


def _organization(books: Books) -> Organization:
    return books.organizations.get(request.args.get("org", "")) or abort(404, "org: there is no such organisation")


def _redirect_uri() -> Any:
    uri = urlsplit(request.args.get("redirect_uri", ""))
    return uri if uri.scheme in {"http", "https"} and uri.netloc else abort(400, "redirect_uri: must be a web address")


def _people(organization: Organization) -> list[tuple[Student, str]]:
    """A teacher, and everybody who learns there."""
    domain = organization.id.removeprefix("org_").replace("_", "-")
    teacher = Student(f"teacher_of_{organization.id}", f"tess@{domain}.example", "Tess Moreau")
    return [(teacher, TEACHER), *((student, "student") for student in organization.students.values())]
