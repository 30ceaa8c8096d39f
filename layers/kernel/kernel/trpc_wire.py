"""tRPC over HTTP, as its clients of version 10 and 11 send and read it; what a procedure is, only `kernel.trpc` knows.

An address is `/api/trpc/<path>`, or `/api/trpc/<endpoint>/<path>` as Cal.com's front end sends it. With `batch=1` there
may be several paths between commas, and the input is an object with a key for each position.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

from kernel import forms, settings, superjson
from kernel.contract import Errors
from kernel.errors import AppError, Forbidden, InvalidInput, MethodNotAllowed, PayloadTooLarge, UnsupportedMediaType
from kernel.request import Request

Answer = dict[str, Any]

MOUNT = "/api/trpc/"
LARGEST_BODY = 1_000_000
LARGEST_BATCH = 20
NAME = re.compile(r"[a-z][A-Za-z0-9]*(\.[a-z][A-Za-z0-9]*)*")
LONGEST_NAME = 200

ERRORS = {
    400: ("BAD_REQUEST", -32600),
    401: ("UNAUTHORIZED", -32001),
    402: ("PAYMENT_REQUIRED", -32002),
    403: ("FORBIDDEN", -32003),
    404: ("NOT_FOUND", -32004),
    405: ("METHOD_NOT_SUPPORTED", -32005),
    408: ("TIMEOUT", -32008),
    409: ("CONFLICT", -32009),
    412: ("PRECONDITION_FAILED", -32012),
    413: ("PAYLOAD_TOO_LARGE", -32013),
    415: ("UNSUPPORTED_MEDIA_TYPE", -32015),
    422: ("UNPROCESSABLE_CONTENT", -32022),
    428: ("PRECONDITION_REQUIRED", -32028),
    429: ("TOO_MANY_REQUESTS", -32029),
    500: ("INTERNAL_SERVER_ERROR", -32603),
    501: ("NOT_IMPLEMENTED", -32603),
    502: ("BAD_GATEWAY", -32603),
    503: ("SERVICE_UNAVAILABLE", -32603),
    504: ("GATEWAY_TIMEOUT", -32603),
}
"""tRPC's key and JSON-RPC's number for each HTTP status; clients decide by the key whether to try again."""

REFUSALS: Errors = (InvalidInput, Forbidden, MethodNotAllowed, PayloadTooLarge, UnsupportedMediaType)
"""What any request may be refused with before its procedure is asked."""

NO_CONTENT: Answer = {"statusCode": 204, "headers": {}, "body": "", "isBase64Encoded": False}


@dataclass(frozen=True)
class Address:
    endpoint: str
    """What stands before the last slash in Cal.com's layout, otherwise nothing."""
    paths: tuple[str, ...]
    batched: bool

    @property
    def only_path(self) -> str | None:
        return None if self.batched else self.paths[0]


@dataclass(frozen=True)
class Outcome:
    """What one call came to."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def address(request: Request) -> Address:
    """Which procedures the request is for, as its client named them."""
    endpoint, _, last = _decoded(request.path.partition(MOUNT)[2]).rstrip("/").rpartition("/")
    batched = request.query.get("batch", "") not in {"", "0", "false"}
    paths = tuple(last.split(",")) if batched else (last,)
    if len(paths) > LARGEST_BATCH:
        raise InvalidInput.field("batch", f"has {len(paths)} calls; {LARGEST_BATCH} are the most in one request")
    return Address(endpoint, paths, batched)


def names(endpoint: str, path: str) -> Iterator[str]:
    """The full names that a path may stand for, likeliest first.

    Cal.com's clients drop the first of three or more parts, and `viewer.` and `immersio.` may each be left out or
    put in front.
    """
    for spelled in (path, f"{endpoint}.{path}") if endpoint else (path,):
        if "/" not in endpoint and NAME.fullmatch(spelled) and len(spelled) <= LONGEST_NAME:
            bare = spelled.removeprefix("viewer.")
            yield from dict.fromkeys((spelled, bare, f"immersio.{bare}", f"viewer.{bare}"))


def check(request: Request, largest_body: int, *, takes_forms: bool = False) -> None:
    """Refuse what no procedure may be asked by."""
    if request.method == "GET":
        return
    if request.method != "POST":
        raise not_allowed("a query is sent by GET or POST, a mutation by POST", "GET, POST")
    if request.media_type != "application/json" and not (takes_forms and request.media_type == forms.MEDIA_TYPE):
        raise UnsupportedMediaType("Send the input as JSON with the header Content-Type: application/json")
    if not _is_trusted(request):
        raise Forbidden(
            f'Requests from the origin "{request.headers["origin"]}" are not taken; '
            "the operator lists those that are in TrustedOrigins"
        )
    if len(request.body) > largest_body:
        raise PayloadTooLarge(f"The body has {len(request.body)} bytes; {largest_body} are the most")


def not_allowed(rule: str, allow: str) -> MethodNotAllowed:
    return MethodNotAllowed(f"The method is not allowed: {rule}", {"allow": allow})


def inputs(request: Request, address: Address) -> Sequence[Any]:
    """What each call was sent: superjson's envelope, or None. A form is sent without one; it is one call's."""
    if request.media_type == forms.MEDIA_TYPE and request.method == "POST":
        return [{"json": forms.fields(request.body, request.headers["content-type"])}]
    parsed = _json(request.query.get("input", "") if request.method == "GET" else request.body)
    if not address.batched:
        return [parsed]
    by_position = parsed if isinstance(parsed, dict) else {}
    return [by_position.get(str(position)) for position in range(len(address.paths))]


def success(result: Any) -> Outcome:
    data = superjson.encode(superjson.UNDEFINED if result is None else result)
    return Outcome(200, {"result": {"data": data}})


def failure(error: AppError, path: str | None) -> Outcome:
    """The error in tRPC's shape; our own code, and what a program can use, stand beside tRPC's key."""
    key, number = ERRORS[error.status]
    data = {
        "code": key,
        "httpStatus": error.status,
        "path": path,
        "appCode": error.code,
        "details": error.details,
        "zodError": _flattened(error),
        "retryAfterSeconds": error.retry_after_seconds,
    }
    shape = {
        "message": error.message,
        "code": number,
        "data": {name: value for name, value in data.items() if value is not None},
    }
    return Outcome(error.status, {"error": superjson.encode(shape)}, _headers(error))


def answer(outcomes: Sequence[Outcome], *, batched: bool) -> Answer:
    """One HTTP answer: an object, or for a batch an array with the status that all share, else 207.

    A batch says when to come back if none of its calls was let in: by then all of them may be.
    """
    bodies = [outcome.body for outcome in outcomes]
    statuses = {outcome.status for outcome in outcomes}
    headers = {
        "content-type": "application/json",
        "cache-control": "no-store",
        "vary": "trpc-accept, accept",
        **(_when_to_return(outcomes) if batched else outcomes[0].headers),
    }
    return {
        "statusCode": statuses.pop() if len(statuses) == 1 else 207,
        "headers": headers,
        "body": json.dumps(bodies if batched else bodies[0], ensure_ascii=False, separators=(",", ":")),
        "isBase64Encoded": False,
    }


def _decoded(path: str) -> str:
    try:
        if re.search(r"%(?![0-9A-Fa-f]{2})", path):
            raise ValueError(path)
        return unquote_to_bytes(path).decode()
    except ValueError:
        raise InvalidInput("The path is not valid URL-encoded UTF-8") from None


def _is_trusted(request: Request) -> bool:
    """A browser says where a page came from: from us, or from a front end that the deployment names.

    That holds for forms too, which a browser sends from any page without asking first: with an Origin, or with
    `null`. One too old to say so does not send the session's cookie along either, which is SameSite=Lax.
    """
    origin = request.headers.get("origin")
    ours = f"{request.headers.get('x-forwarded-proto', 'https')}://{request.headers.get('host', '')}"
    return origin is None or origin in {ours, *settings.get("TRUSTED_ORIGINS", "").split()}


def _json(text: str | bytes) -> Any:
    if not text:
        return None
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"The input is not valid JSON: {error.msg} at character {error.pos}") from None
    except (ValueError, RecursionError):
        raise InvalidInput("The input is not valid JSON") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _flattened(error: AppError) -> dict[str, Any] | None:
    """Broken rules by field, as the `flatten()` of zod that Cal.com's forms read."""
    if not isinstance(error, InvalidInput) or not isinstance(error.details, list):
        return None
    fields: dict[str, list[str]] = {}
    for detail in error.details:
        fields.setdefault(detail["field"].split(".")[0], []).append(detail["message"])
    return {"formErrors": fields.pop("input", []), "fieldErrors": fields}


def _when_to_return(outcomes: Sequence[Outcome]) -> dict[str, str]:
    waits = [int(outcome.headers.get("retry-after", 0)) for outcome in outcomes]
    return {"retry-after": str(max(waits))} if all(waits) else {}


def _headers(error: AppError) -> dict[str, str]:
    headers = {}
    if isinstance(error, MethodNotAllowed):
        headers["allow"] = error.details["allow"]
    if error.retry_after_seconds is not None:
        headers["retry-after"] = str(error.retry_after_seconds)
    return headers
