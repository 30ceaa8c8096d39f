"""What the documents say of us as a whole."""

from typing import Any

TITLE = "Booking: tours and workshops"
VERSION = "1"
CONTACT = {"name": "The operators, who gave you your key or made your school's account"}
DESCRIPTION = """\
Apartment tours for the DomIQ chatbot, and workshops with live classes for schools on Immersio.

**Answers.** JSON, in UTF-8. Times are ISO 8601; amounts are integers in the smallest unit of their currency; ids are
whole numbers that JavaScript holds exactly, or opaque text.

**Errors.** `{"error": "what to change", "code": "WHAT_HAPPENED", "details": …}`. Decide by `code`: each operation lists
the codes that it answers, and answers no other. What API Gateway refuses before it reaches us (no such route, a body of
more than 10 MB) has its own shape, `{"message": "Not Found"}`.

**Rates.** Public routes take 100 requests a minute from one address, routes with a key or a session 1,000 a minute for
one caller, webhook receivers 500 a minute. Every answer that was counted says in `RateLimit` what is left. Who asks
more often is answered 429 `RATE_LIMITED`, with `Retry-After`.

**Once only.** Where `Idempotency-Key` is taken, the same request with the same key gets its first answer again, for a
day. So it is safe to repeat what was not answered.

**Procedures.** What signed-in people of a school do goes over tRPC, below `/api/trpc/`; `/api/docs` has each procedure,
and what we send to others.
"""

TAGS: dict[str, tuple[str, tuple[str, ...]]] = {
    "Tours": ("Apartment tours, for clients with an API key.", ("/api/resman/tours",)),
    "School pages": (
        "What a school shows to everybody, and seats in its classes.",
        ("/api/v1/public/landing", "/api/v1/public/workshops"),
    ),
    "A student's booking": (
        "For whoever has the booking's token, which came with its confirmation.",
        ("/api/v1/public/bookings",),
    ),
    "Joining a school": (
        "Signing in by Immersio, and accepting an invitation.",
        ("/api/v1/oauth", "/api/v1/public/invites"),
    ),
    "Webhooks we receive": (
        "For ResMan, Immersio and Stripe. What is sent twice is done once.",
        ("/api/resman/webhooks", "/api/v1/webhooks"),
    ),
    "Webhooks we send": ("To schools' Immersio, and to clients of the tours API.", ()),
    "This contract": ("Where you are.", ("/api/openapi.json", "/api/docs")),
}
"""Each with what it says, and where its paths begin."""

SCHEMES = {
    "apiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "x-api-key",
        "description": "The key that our operators gave to the client; it opens the client's own properties.",
    },
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Webhook-Signature",
        "description": 'HMAC-SHA256, hex, over `"{timestamp}.{raw body}"`, with or without `sha256=` in front.',
    },
    "timestamp": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Webhook-Timestamp",
        "description": "Seconds since 1970, at most 300 away from our clock.",
    },
    "stripeSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "Stripe-Signature",
        "description": "As Stripe signs its events, with the secret of this endpoint.",
    },
}

HEADERS: dict[str, Any] = {
    "Retry-After": {
        "description": "In so many seconds it may be asked again.",
        "schema": {"type": "integer", "minimum": 1},
        "example": 17,
    },
    "RateLimit": {
        "description": "What is left of the limit: `r` requests in the next `t` seconds.",
        "schema": {"type": "string"},
        "example": '"public";r=99;t=60',
    },
    "RateLimit-Policy": {
        "description": "The limit: `q` requests in `w` seconds.",
        "schema": {"type": "string"},
        "example": '"public";q=100;w=60',
    },
    "ETag": {
        "description": "Of this very answer; send it as `If-None-Match`, and nothing is sent that you have.",
        "schema": {"type": "string"},
        "example": '"8a5edab282632443219e051e4ade2d1d"',
    },
    "Cache-Control": {
        "description": "For how long it may be shown without asking again.",
        "schema": {"type": "string"},
        "example": "public, max-age=60",
    },
    "Location": {
        "description": "Where to go on.",
        "schema": {"type": "string", "format": "uri"},
        "example": "https://app.immersio.com/sso?state=EXAMPLE",
    },
    "Set-Cookie": {
        "description": "What the browser keeps for us.",
        "schema": {"type": "string"},
        "example": "__Secure-next-auth.session-token=EXAMPLE; Path=/; HttpOnly; SameSite=Lax; Secure",
    },
}


def tag_of(path: str) -> str:
    return next(tag for tag, (_, starts) in TAGS.items() if path.startswith(starts))


def tags() -> list[dict[str, str]]:
    return [{"name": name, "description": says} for name, (says, _) in TAGS.items()]
