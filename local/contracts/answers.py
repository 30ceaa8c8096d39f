"""What a REST route answers when all is well, read off the signature of its handler."""

import inspect
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from kernel.files import CalendarFile, JsonFile, Page
from kernel.http import Accepted, Created, Endpoint, Public, Redirect, WithCookies
from local.contracts.examples import UNSAID, Answers
from local.contracts.schemas import Made
from local.contracts.words import WORDS

STATUSES: dict[Any, str] = {Created: "201", Accepted: "202"}
SAYS = {
    "200": "Done; the body says how it stands.",
    "201": "Something new exists.",
    "202": "It is kept and will be done; the body says how to learn more.",
    "302": "Go on at `Location`.",
    "304": "The answer is still the one that has this `ETag`; there is no body.",
}
CACHED = ("ETag", "Cache-Control")
HEADERS: dict[Any, tuple[str, ...]] = {
    Public: CACHED,
    JsonFile: CACHED,
    Page: CACHED,
    WithCookies: ("Set-Cookie",),
    Redirect: ("Location", "Set-Cookie"),
}
FILES: tuple[Any, ...] = (CalendarFile, JsonFile, Page)


@dataclass(frozen=True)
class Success:
    status: str
    kind: Any
    """What wraps the model, or stands for it."""
    model: type[BaseModel] | None = None

    def described(self, made: Made, written: Answers) -> dict[str, Any]:
        headers = HEADERS.get(self.kind, ())
        return {
            "description": SAYS[self.status],
            **({"headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers}} if headers else {}),
            **({"content": content} if (content := self._content(made, written)) else {}),
        }

    def _content(self, made: Made, written: Answers) -> dict[str, Any]:
        if self.model:
            schema = made[self.model, "serialization"]
            example = written.of(schema, WORDS.get(f"{self.status} {self.model.__name__}", UNSAID))
            return {"application/json": {"schema": schema, "example": example}}
        if self.kind in FILES and self.status != "304":
            kind = "object" if self.kind is JsonFile else "string"
            return {self.kind.MEDIA_TYPE.partition(";")[0]: {"schema": {"type": kind}}}
        return {}


def successes(endpoint: Endpoint) -> list[Success]:
    returned = inspect.signature(endpoint.function, eval_str=True).return_annotation
    choices = [returned] if get_origin(returned) in {*STATUSES, *HEADERS} else get_args(returned) or [returned]
    found = [_success(choice) for choice in choices]
    cached = [Success("304", one.kind) for one in found if HEADERS.get(one.kind) == CACHED]
    return [*found, *cached]


def is_cached(endpoint: Endpoint) -> bool:
    return any(one.status == "304" for one in successes(endpoint))


def _success(choice: Any) -> Success:
    wrapper = get_origin(choice)
    if wrapper:
        return Success(STATUSES.get(wrapper, "200"), wrapper, get_args(choice)[0])
    if choice is Redirect:
        return Success("302", choice)
    return Success("200", choice) if choice in FILES else Success("200", None, choice)
