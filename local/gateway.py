"""API Gateway's HTTP API on one port: routes from the template, payload 2.0 events, answers as HTTP."""

import base64
import json
import re
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Request, Response

from local import terminal
from local.cors import Cors
from local.events import Stopwatch
from local.functions import ACCOUNT, FunctionFailed, Functions
from local.template import Route

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LARGEST_PAYLOAD = 6 * 1024 * 1024
TEXT_TYPES = re.compile(r"text/.*|application/(.*\+)?(json|xml|javascript)")


class Gateway:
    """A WSGI application that calls the function behind each route."""

    def __init__(self, routes: Iterable[Route], cors: Cors, functions: Functions) -> None:
        self._routes = [(route, _pattern(route.path)) for route in sorted(routes, key=_precedence)]
        self._cors, self._functions = cors, functions

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        watch = Stopwatch()
        path = _raw_path(request)
        route, parameters = self._match(request.method, path)
        response = self._cors.preflight(request) or self._respond(request, path, route, parameters)
        self._cors.apply(request, response)
        name = route.function.logical_id if route else ""
        terminal.request(request.method, path, response.status_code, watch.milliseconds, name)
        return response

    def _match(self, method: str, path: str) -> tuple[Route | None, dict[str, str]]:
        for route, pattern in self._routes:
            found = pattern.fullmatch(path)
            if found and route.method in (method, "ANY"):
                return route, {name: unquote(value) for name, value in found.groupdict().items()}
        return None, {}

    def _respond(self, request: Request, path: str, route: Route | None, parameters: dict[str, str]) -> Response:
        if route is None:
            return _message(404, "Not Found")
        if (request.content_length or 0) > LARGEST_PAYLOAD:
            return _message(413, "Request Entity Too Large")
        try:
            event = _event(request, path, route, parameters)
            if len(event.get("body", "")) > LARGEST_PAYLOAD:  # base64 makes it a third longer
                return _message(413, "Request Entity Too Large")
            return _http(self._functions.invoke(route.function, event))
        except (FunctionFailed, ClientDisconnected):
            return _message(500, "Internal Server Error")


def _precedence(route: Route) -> tuple[int, int, bool]:
    """The most specific route first: greedy paths last, then those with parameters, ANY after a method."""
    return route.path.count("+}"), route.path.count("{"), route.method == "ANY"


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)(\+?)\}", path)
    pattern = re.escape(parts[0])
    for name, greedy, literal in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        pattern += f"(?P<{name}>{'.+' if greedy else '[^/]+'})" + re.escape(literal)
    return re.compile(pattern)


def _raw_path(request: Request) -> str:
    return str(request.environ["REQUEST_URI"]).partition("?")[0]


def _event(request: Request, path: str, route: Route, parameters: dict[str, str]) -> dict[str, Any]:
    """What API Gateway hands to a function, payload format 2.0; absent things are absent, not null."""
    body, is_base64 = _body(request)
    optional = {
        "cookies": [cookie for cookie in re.split(r";\s*", request.headers.get("Cookie", "")) if cookie],
        "queryStringParameters": _query(request),
        "pathParameters": parameters,
        "body": body,
    }
    return {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": path,
        "rawQueryString": request.query_string.decode("latin-1"),
        "headers": _headers(request),
        "requestContext": _request_context(request, path, route),
        "isBase64Encoded": is_base64,
        **{name: value for name, value in optional.items() if value},
    }


def _request_context(request: Request, path: str, route: Route) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "accountId": ACCOUNT,
        "apiId": "local",
        "domainName": request.host,
        "domainPrefix": "local",
        "http": {
            "method": request.method,
            "path": path,
            "protocol": request.environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
            "sourceIp": request.remote_addr or "127.0.0.1",
            "userAgent": request.headers.get("User-Agent", ""),
        },
        "requestId": uuid.uuid4().hex[:15] + "=",
        "routeKey": route.key,
        "stage": "$default",
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now.timestamp() * 1000),
    }


def _headers(request: Request) -> dict[str, str]:
    """Names in lower case; cookies travel apart; who forwards is told as API Gateway tells it."""
    sent = {name.lower(): value for name, value in request.headers.items() if name.lower() != "cookie"}
    host, _, port = request.host.partition(":")
    forwarded = {"for": request.remote_addr or host, "port": port or "80", "proto": request.scheme}
    return sent | {f"x-forwarded-{name}": value for name, value in forwarded.items()}


def _query(request: Request) -> dict[str, str]:
    """Decoded values; those of a repeated name are joined by commas."""
    joined: dict[str, str] = {}
    for name, value in parse_qsl(request.query_string.decode("latin-1"), keep_blank_values=True):
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(request: Request) -> tuple[str, bool]:
    """The body as text where its type says text, otherwise as base64."""
    raw = request.get_data()
    if not raw or TEXT_TYPES.fullmatch(request.mimetype):
        try:
            return raw.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(raw).decode(), True


def _http(result: Any) -> Response:
    """A function's result as HTTP; one without a status code is the JSON body of a 200."""
    if not isinstance(result, dict) or "statusCode" not in result:
        body = result if isinstance(result, str) else json.dumps(result)
        return Response(body, 200, content_type="application/json")
    text = result.get("body") or ""
    content = base64.b64decode(text) if result.get("isBase64Encoded") else str(text).encode()
    headers = {name.lower(): str(value) for name, value in (result.get("headers") or {}).items()}
    response = Response(content, int(result["statusCode"]), headers)
    for cookie in result.get("cookies") or ():
        response.headers.add("set-cookie", cookie)
    return response


def _message(status: int, text: str) -> Response:
    return Response(json.dumps({"message": text}), status, content_type="application/json")
