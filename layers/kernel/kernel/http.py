"""The edge of every REST function: decode, check, call, encode; API Gateway has already routed.

    @endpoint("POST /api/things/{thing_id}", caller=ClientAccount)
    def handler(request: ChangeThing, thing_id: str, caller: ClientAccount) -> Thing: ...

The signature is the contract: `request` is read from the body (the query string on GET), a path parameter by its
name, `caller` is who calls, `idempotency_key` the header of that name, `cookies` those that were sent. What is
returned is the answer: a model with 200, or wrapped in `Created`, `Accepted`, `WithCookies` or `Public`; one of
`kernel.files`, or a `Redirect`. `errors` are what the use case refuses with, `absent` what is said of a path that leads
to nothing; what the edge refuses with follows from the rest. Every error leaves here as
`{"error": message, "code": CODE, "details"?: …}` and nowhere else.
"""

import inspect
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from kernel import contract, idempotency, ids
from kernel.auth import Admission, Caller
from kernel.contract import Errors
from kernel.errors import (
    AppError,
    IdempotencyKeyInUse,
    IdempotencyKeyReused,
    InvalidInput,
    NotFound,
    UnsupportedMediaType,
)
from kernel.files import Answer, CalendarFile, JsonFile, Page, tagged
from kernel.limits import Spending
from kernel.request import Request
from kernel.telemetry import logger
from kernel.validation import parse

Body = TypeVar("Body", bound=BaseModel, covariant=True)

VISIBLE_ASCII = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True)
class Created(Generic[Body]):
    """201: something new exists."""

    body: Body


@dataclass(frozen=True)
class Accepted(Generic[Body]):
    """202: it is kept and will be done; the body says how to learn more."""

    body: Body


@dataclass(frozen=True)
class Public(Generic[Body]):
    """200: the same for everybody, so that browsers and caches may keep it a while; 304 for who has it already."""

    body: Body
    seconds: int = 60


@dataclass(frozen=True)
class WithCookies(Generic[Body]):
    """200: the body, and what the browser shall keep for us."""

    body: Body
    cookies: tuple[str, ...]
    """As in `Set-Cookie`, one header each."""


@dataclass(frozen=True)
class Redirect:
    """302: go on there, and keep these cookies."""

    url: str
    cookies: tuple[str, ...] = ()


def endpoint(
    route: str,
    *,
    caller: type[Caller],
    idempotent: bool = False,
    absent: type[NotFound] = NotFound,
    errors: Errors = (),
) -> Callable[[Callable[..., Any]], Callable[[dict[str, Any], Any], Answer]]:
    """Make a Lambda handler of a function that takes typed arguments and returns a model."""

    def decorate(function: Callable[..., Any]) -> Callable[[dict[str, Any], Any], Answer]:
        parameters = inspect.signature(function, eval_str=True).parameters
        called = Endpoint(route, caller, idempotent, absent, errors, function, parameters)

        @wraps(function)
        def handler(event: dict[str, Any], context: Any) -> Answer:
            spending = Spending()
            try:
                answer = called.answer(Request.of(event), spending)
            except Exception as error:  # noqa: BLE001 - the one place where every error becomes an answer
                contract.heed(error, called.errors, route)
                answer = _rendered(error, event)
            return spending.told_with(answer)

        handler.__dict__["endpoint"] = called
        return handler

    return decorate


@dataclass(frozen=True)
class Endpoint:
    """One route with the function behind it; the OpenAPI document is made of these too."""

    route: str
    caller: type[Caller]
    is_idempotent: bool
    absent: type[NotFound]
    declared: Errors
    """What its use case refuses with."""
    function: Callable[..., Any]
    parameters: Mapping[str, inspect.Parameter]

    @cached_property
    def errors(self) -> Errors:
        """All that it may answer."""
        return contract.together(contract.OF_ALL, self.caller.refused_with, self._implied(), self.declared)

    def _implied(self) -> Errors:
        """What the edge refuses with for these arguments."""
        method = self.route.split()[0]
        body: Errors = (UnsupportedMediaType,) if "request" in self.parameters and method != "GET" else ()
        key: Errors = (IdempotencyKeyInUse, IdempotencyKeyReused) if self.is_idempotent else ()
        path: Errors = (self.absent,) if "{" in self.route else ()
        return (*path, *body, *key)

    def answer(self, request: Request, spending: Spending) -> Answer:
        who = Admission(request, [self.caller], spending).admit(self.caller)
        arguments = _arguments(self.parameters, request, who, self.absent)
        key = request.headers.get("idempotency-key") if self.is_idempotent else None
        if key is None:
            return _unless_known(request, self._run(arguments))
        return _once(self.route, who, key, request, lambda: self._run(arguments))

    def _run(self, arguments: dict[str, Any]) -> Answer:
        return _answer(self.function(**arguments))


def _once(route: str, who: Caller, key: str, request: Request, run: Callable[[], Answer]) -> Answer:
    """Run at most once for this key; errors with a published code are remembered as answers too."""
    if not VISIBLE_ASCII.fullmatch(key):
        raise InvalidInput.field("Idempotency-Key", "must be 1 to 200 visible ASCII characters, such as a UUID")
    claimed = idempotency.claim(who.scope, _target(route, request), key, request.body)
    if isinstance(claimed, dict):
        return claimed
    try:
        answer = run()
    except Exception as error:
        if not isinstance(error, AppError) or error.status >= 500:
            idempotency.release(claimed)
        else:
            idempotency.remember(claimed, _refusal(error))
        raise
    idempotency.remember(claimed, answer)
    return answer


def _target(route: str, request: Request) -> str:
    """The route, and what is asked for of it: a key that is used for another workshop or school is another key."""
    named = sorted({**request.query, **request.path_parameters}.items())
    return f"{route} {ids.fingerprint(json.dumps(named))}" if named else route


def _arguments(
    parameters: Mapping[str, inspect.Parameter], request: Request, who: Caller, absent: type[NotFound]
) -> dict[str, Any]:
    return {name: _argument(name, one.annotation, request, who, absent) for name, one in parameters.items()}


def _argument(name: str, annotation: Any, request: Request, who: Caller, absent: type[NotFound]) -> Any:
    match name:
        case "caller":
            return who
        case "idempotency_key":
            return request.headers.get("idempotency-key")
        case "cookies":
            return request.cookies
        case "request":
            source = dict(request.query) if request.method == "GET" else request.json_object()
            return parse(annotation, source)
        case "query":
            return parse(annotation, dict(request.query), whole="query")
        case _:
            return _path_parameter(request, name, absent)


def _path_parameter(request: Request, name: str, absent: type[NotFound]) -> str:
    """An id from the path; what can be nobody's id is answered as one that nobody has."""
    value = request.path_parameters[name]
    if not VISIBLE_ASCII.fullmatch(value):
        raise absent(f"There is nothing with this {name}; one has plain ASCII characters only, and no spaces")
    return value


def _answer(result: Any) -> Answer:
    match result:
        case Created(body):
            return _json(201, body.model_dump_json(exclude_unset=True))
        case Accepted(body):
            return _json(202, body.model_dump_json(exclude_unset=True))
        case WithCookies(body, cookies):
            return {**_json(200, body.model_dump_json(exclude_unset=True)), "cookies": list(cookies)}
        case Public(body, seconds):
            return tagged(_json(200, body.model_dump_json(exclude_unset=True)), seconds)
        case CalendarFile() | JsonFile() | Page():
            return result.answer()
        case Redirect():
            return _sent_on(result)
        case BaseModel():
            return _json(200, result.model_dump_json(exclude_unset=True))
        case _:
            raise TypeError(f"a handler must return a model, not {type(result).__name__}")


def _unless_known(request: Request, answer: Answer) -> Answer:
    """304 where the asker names the tag of this very answer; compression on the way makes a tag weak."""
    tag = answer["headers"].get("etag")
    named = {each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")}
    if tag is None or not named & {tag, "*"}:
        return answer
    kept = {name: answer["headers"][name] for name in ("etag", "cache-control")}
    return {**answer, "statusCode": 304, "headers": kept, "body": ""}


def _sent_on(redirect: Redirect) -> Answer:
    """To where, and not from where: the address of ours may hold what is nobody else's business."""
    headers = {"location": redirect.url, "cache-control": "no-store", "referrer-policy": "no-referrer"}
    cookies = list(redirect.cookies)
    return {"statusCode": 302, "headers": headers, "cookies": cookies, "body": "", "isBase64Encoded": False}


def _rendered(error: Exception, event: Mapping[str, Any]) -> Answer:
    if isinstance(error, AppError) and error.status < 500:
        return _refusal(error)
    request_id = event.get("requestContext", {}).get("requestId", "unknown")
    logger.exception("request failed", extra={"request_id": request_id})
    if isinstance(error, AppError):
        return _refusal(error)
    return _refusal(AppError(f"Something went wrong on our side. Quote request {request_id} when you report it."))


def _refusal(error: AppError) -> Answer:
    body = {"error": error.message, "code": error.code}
    if error.details is not None:
        body["details"] = error.details
    answer = _json(error.status, json.dumps(body, ensure_ascii=False, separators=(",", ":")))
    if error.retry_after_seconds is not None:
        answer["headers"]["retry-after"] = str(error.retry_after_seconds)
    return answer


def _json(status: int, body: str) -> Answer:
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", "cache-control": "no-store"},
        "body": body,
        "isBase64Encoded": False,
    }
