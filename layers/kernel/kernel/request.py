"""An HTTP request as API Gateway's HTTP API (payload 2.0) hands it to a function."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from kernel.errors import InvalidInput, UnsupportedMediaType


@dataclass(frozen=True)
class Request:
    method: str
    headers: Mapping[str, str]
    """Names in lower case."""
    path_parameters: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    source_ip: str
    request_id: str
    path: str = "/"
    """As the client spelled it, with its percent escapes."""
    cookies: tuple[str, ...] = ()
    """`name=value` each, in the order sent."""

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> "Request":
        context = event["requestContext"]
        return cls(
            method=context["http"]["method"],
            headers={name.lower(): value for name, value in event.get("headers", {}).items()},
            path_parameters=event.get("pathParameters") or {},
            query=_query(event.get("rawQueryString", "")),
            body=_body(event),
            source_ip=context["http"].get("sourceIp", "unknown"),
            request_id=context.get("requestId", "unknown"),
            path=event.get("rawPath", "/"),
            cookies=tuple(event.get("cookies") or ()),
        )

    @property
    def media_type(self) -> str:
        """Of the body, in lower case and without parameters."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object, or an error that says what was wrong with it."""
        if self.media_type != "application/json":
            raise UnsupportedMediaType("Send the body as JSON with the header Content-Type: application/json")
        try:
            parsed = json.loads(self.body)
        except json.JSONDecodeError as error:
            raise InvalidInput(f"The body is not valid JSON: {error.msg} at character {error.pos}") from None
        except (ValueError, RecursionError):
            raise InvalidInput("The body is not valid JSON") from None
        if not isinstance(parsed, dict):
            raise InvalidInput("The body must be a JSON object")
        return parsed


def _query(raw: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise InvalidInput("The query string is not valid URL-encoded UTF-8, or has over 100 fields") from None
    names = [name for name, _ in pairs]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InvalidInput.field(repeated[0], "is given more than once; give it once")
    return dict(pairs)


def _body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode()
    try:
        return base64.b64decode(body, validate=True)
    except ValueError:
        raise InvalidInput("The body is not valid base64") from None
