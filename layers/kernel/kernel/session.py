"""Session cookies of NextAuth v4, made and read with the secret that is shared with the front end.

A cookie holds claims in a JWE: `dir` with A256GCM, the key derived from the secret. Read more strictly than the
library does: exactly that algorithm, no compression, an expiry, an e-mail and a numeric user. Who the user is, and
what they may do, is the table's to say; the other claims are only what was true when the cookie was made.
"""

import base64
import hashlib
import hmac
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel import clock, ids

COOKIE = "next-auth.session-token"
SECURE_COOKIE = f"__Secure-{COOKIE}"
KEY_PURPOSE = b"NextAuth.js Generated Encryption Key"
HEADER = {"alg": "dir", "enc": "A256GCM"}
CHUNK_LENGTH = 3933
LONGEST_TOKEN = 16_384
CLOCK_TOLERANCE_SECONDS = 15
LIFETIME = timedelta(days=30)
USER_ID = re.compile(r"[1-9][0-9]{0,15}")


class _Invalid(ValueError):
    """Why a token is not believed; never told to whom it came from."""


@dataclass(frozen=True)
class Session:
    user_id: int
    email: str
    expires_at: datetime
    claims: Mapping[str, Any]


def read(cookies: Iterable[str], secret: str) -> Session | None:
    """Whose session the request's cookies (`name=value` each) hold, or None."""
    token = _token(cookies)
    if token is None:
        return None
    try:
        return _session(_opened(token, secret))
    except _Invalid:
        return None


def cookies(
    user_id: int, email: str, secret: str, *, secure: bool, lifetime: timedelta = LIFETIME, **claims: Any
) -> dict[str, str]:
    """The cookies of a new session by name, in chunks where one would be too long for browsers."""
    now = clock.epoch(clock.now())
    times = {"iat": now, "exp": now + int(lifetime.total_seconds()), "jti": ids.new("session")}
    token = seal({**claims, "email": email, "sub": str(user_id), **times}, secret)
    name = SECURE_COOKIE if secure else COOKIE
    if len(token) <= CHUNK_LENGTH:
        return {name: token}
    starts = range(0, len(token), CHUNK_LENGTH)
    return {f"{name}.{number}": token[start : start + CHUNK_LENGTH] for number, start in enumerate(starts)}


def set_cookie(name: str, value: str, *, lifetime: timedelta = LIFETIME) -> str:
    """The `Set-Cookie` header of one cookie, with NextAuth's own attributes."""
    secure = "; Secure" if name.startswith(("__Secure-", "__Host-")) else ""
    return f"{name}={value}; Max-Age={int(lifetime.total_seconds())}; Path=/; HttpOnly; SameSite=Lax{secure}"


def seal(claims: Mapping[str, Any], secret: str) -> str:
    """The claims as a JWE that only holders of the secret can make or read."""
    header = _base64(json.dumps(HEADER, separators=(",", ":")).encode())
    iv = os.urandom(12)
    plain = json.dumps(claims, ensure_ascii=False, separators=(",", ":")).encode()
    sealed = AESGCM(_key(secret)).encrypt(iv, plain, header.encode())
    return ".".join([header, "", _base64(iv), _base64(sealed[:-16]), _base64(sealed[-16:])])


def unseal(token: str, secret: str) -> dict[str, Any] | None:
    """The claims that were sealed with this secret; None of what was not. Whether they still hold is not asked."""
    try:
        return _opened(token, secret)
    except _Invalid:
        return None


def _token(cookies: Iterable[str]) -> str | None:
    """The session token among the cookies; the name that only https may set comes first."""
    sent: dict[str, str] = {}
    for cookie in cookies:
        name, _, value = cookie.strip().partition("=")
        sent.setdefault(name, value)
    return _joined(sent, SECURE_COOKIE) or _joined(sent, COOKIE)


def _joined(sent: Mapping[str, str], name: str) -> str | None:
    """The cookie of that name, else its chunks from 0 on without a gap."""
    if name in sent:
        return sent[name]
    chunks: list[str] = []
    while (chunk := sent.get(f"{name}.{len(chunks)}")) is not None:
        chunks.append(chunk)
    return "".join(chunks) or None


def _session(claims: Mapping[str, Any]) -> Session:
    now = clock.now().timestamp()
    expires, not_before = _instant(claims.get("exp")), _instant(claims.get("nbf", 0))
    if expires <= now - CLOCK_TOLERANCE_SECONDS:
        raise _Invalid("expired")
    if not_before > now + CLOCK_TOLERANCE_SECONDS:
        raise _Invalid("not valid yet")
    email, subject = claims.get("email"), claims.get("sub")
    if not isinstance(email, str) or not email or not isinstance(subject, str) or not USER_ID.fullmatch(subject):
        raise _Invalid("names no user")
    return Session(int(subject), email, datetime.fromtimestamp(expires, UTC), claims)


def _instant(claim: Any) -> float:
    if isinstance(claim, bool) or not isinstance(claim, int | float) or not 0 <= claim < 2**37:
        raise _Invalid("a time that is none")
    return claim


def _opened(token: str, secret: str) -> dict[str, Any]:
    """The claims in a token that was made with the secret and not touched since."""
    if len(token) > LONGEST_TOKEN or token.count(".") != 4:
        raise _Invalid("not a JWE")
    header, encrypted_key, iv, sealed, tag = token.split(".")
    if _object(_bytes(header)) != HEADER or encrypted_key:
        raise _Invalid("not dir with A256GCM")
    if len(_bytes(iv)) != 12 or len(_bytes(tag)) != 16:
        raise _Invalid("not A256GCM")
    try:
        plain = AESGCM(_key(secret)).decrypt(_bytes(iv), _bytes(sealed) + _bytes(tag), header.encode())
    except InvalidTag:
        raise _Invalid("sealed with another secret, or touched") from None
    return _object(plain)


def _object(text: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        raise _Invalid("not JSON") from None
    if not isinstance(parsed, dict):
        raise _Invalid("not an object")
    return parsed


@cache
def _key(secret: str) -> bytes:
    """HKDF-SHA256 without salt; 32 bytes are its first block."""
    if not secret:
        raise ValueError("the secret of sessions is empty: anyone could make one")
    extracted = hmac.digest(bytes(32), secret.encode(), hashlib.sha256)
    return hmac.digest(extracted, KEY_PURPOSE + b"\x01", hashlib.sha256)


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    """Base64url in its one canonical spelling: a changed character is a changed token, always."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise _Invalid("not base64url") from None
    if _base64(raw) != text:
        raise _Invalid("not canonical base64url")
    return raw
