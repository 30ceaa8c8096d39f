"""Tokens of Immersio: JSON Web Tokens that say who somebody is, for us alone, for a short time.

Signed with one of the keys that Immersio publishes (RS256), or with a secret that we share (HS256). Each way has its
own key, so a public key can never be taken for a secret. Whatever is wrong, the answer is the same.
"""

from typing import Any

import jwt
from pydantic import ValidationError

from immersio.signon import published_keys
from immersio.signon.model import Claims
from kernel import settings
from kernel.errors import InvalidToken
from kernel.telemetry import logger

LONGEST = 8192
LEEWAY_SECONDS = 15
NEEDED = ["iss", "aud", "sub", "email", "orgId", "iat", "exp", "jti"]


class _Unproven(Exception):
    """Why a token is not believed; told in our log only."""


def verified(token: str) -> Claims:
    """What a token says that Immersio made for us and that is in time."""
    try:
        claims = Claims.model_validate(_decoded(token))
        if not claims.is_short_lived:
            raise _Unproven("too long a lifetime")
    except (_Unproven, jwt.PyJWTError, ValidationError, ValueError) as why:
        raise refused(str(why) if isinstance(why, _Unproven) else type(why).__name__) from None
    return claims


def refused(why: str) -> InvalidToken:
    """The one answer to any token that is not taken; operators find the reason in the log."""
    logger.warning("a sign-on token was refused", extra={"reason": why})
    return InvalidToken("Invalid token")


def _decoded(token: str) -> dict[str, Any]:
    if len(token) > LONGEST:
        raise _Unproven("too long")
    header = jwt.get_unverified_header(token)
    algorithm, key = _key(header)
    return jwt.decode(
        token,
        key,
        algorithms=[algorithm],
        issuer=settings.get("IMMERSIO_TOKEN_ISSUER"),
        audience=settings.get("IMMERSIO_TOKEN_AUDIENCE"),
        leeway=LEEWAY_SECONDS,
        options={"require": NEEDED, "enforce_minimum_key_length": True},  # RFC 7518: 2048 bits, or a secret of 32 bytes
    )


def _key(header: dict[str, Any]) -> tuple[str, jwt.PyJWK | str]:
    """One of the two ways of signing, with the key of that way."""
    match header.get("alg"):
        case published_keys.ALGORITHM:
            return published_keys.ALGORITHM, _published_key(header.get("kid"))
        case "HS256":
            return "HS256", _shared_secret()
        case _:
            raise _Unproven("another algorithm")


def _published_key(key_id: Any) -> jwt.PyJWK:
    key = published_keys.find(key_id) if isinstance(key_id, str) else None
    if key is None:
        raise _Unproven("no such key")
    return key


def _shared_secret() -> str:
    """None is an empty one, which is too short to be taken."""
    return str(settings.secret("IMMERSIO_SECRET").get("sign_on_secret") or "")
