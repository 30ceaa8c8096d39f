"""The page for people: REST routes, procedures, events and errors, in one file without a script.

It is made of the same documents as the rest, so whatever a browser searches for stands here as it is.
"""

import json
import re
from itertools import chain, groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from kernel.contract import Errors, together
from kernel.trpc import Procedure
from local.contracts import about, calls, details, errors, events, examples, openapi, procedures
from local.contracts.declared import endpoints, said_by
from local.contracts.declared import procedures as all_procedures
from local.contracts.schemas import generate
from local.contracts.shapes import Shapes

TEMPLATES = Path(__file__).with_name("templates")
UNSAID = {"description": "", "required": False, "example": ""}
MARKED = re.compile(r"\*\*(?P<strong>.+?)\*\*|`(?P<code>.+?)`", re.DOTALL)


def html() -> str:
    """The whole page."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"prose": _prose, "inline": _inline, "anchor": _anchor}
    document = openapi.document()
    made = environment.get_template("page.html").render(
        about=about,
        groups=_groups(document),
        routers=_routers(),
        calls=[{"request": one.request, "status": one.status, "answer": _json(one.answer)} for one in calls.CALLS],
        events=_events(document),
        event_headers=events.HEADERS,
        errors=_errors(),
    )
    return "".join(f"{line.rstrip()}\n" for line in made.splitlines() if line.strip())


def _groups(document: dict[str, Any]) -> list[dict[str, Any]]:
    shapes = Shapes(document["components"]["schemas"], dates=False)
    found = [
        _route(method, path, operation, shapes)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]
    of_tag = {tag: [one for one in found if one["tag"] == tag] for tag in about.TAGS}
    return [{"name": tag, "says": says, "routes": of_tag[tag]} for tag, (says, _) in about.TAGS.items() if of_tag[tag]]


def _route(method: str, path: str, operation: dict[str, Any], shapes: Shapes) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return {
        "tag": operation["tags"][0],
        "id": operation["operationId"],
        "name": f"{method.upper()} {path}",
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "more": operation.get("description", ""),
        "needs": [about.SCHEMES[name] for one in operation["security"] for name in one],
        "parameters": [{**UNSAID, **one, "shape": shapes.of(one["schema"])} for one in operation.get("parameters", ())],
        "body": shapes.of(body["schema"]) if body else None,
        "example": _json(body["example"]) if body and "example" in body else None,
        "answers": [_answer(status, one, shapes) for status, one in operation["responses"].items() if status < "400"],
        "errors": _of_route(f"{method.upper()} {path}"),
    }


def _answer(status: str, response: dict[str, Any], shapes: Shapes) -> dict[str, Any]:
    contents: dict[str, Any] = response.get("content", {"": {}})
    ((media_type, content),) = contents.items()
    is_json = media_type == "application/json" and content["schema"] != {"type": "object"}
    return {
        "status": status,
        "says": response["description"],
        "shape": shapes.of(content["schema"]) if is_json else None,
        "media_type": "" if is_json else media_type,
        "example": _json(content["example"]) if "example" in content else None,
    }


def _of_route(route: str) -> Errors:
    (found,) = (one for one in endpoints() if one.route == route)
    return found.errors


def _routers() -> list[dict[str, Any]]:
    made, definitions = procedures.generated("#/$defs/{model}")
    shapes = Shapes(definitions, dates=True)

    def described(one: Procedure) -> dict[str, Any]:
        given, told = procedures.input_of(one, made), procedures.output_of(one, made)
        return {
            "name": one.name,
            "kind": one.kind,
            "summary": said_by(one)[0].removesuffix("."),
            "caller": procedures.callers(one),
            "at_most": procedures.at_most(one),
            "input": shapes.of(given) if given else "undefined",
            "example": _json(examples.given(one)) if given else None,
            "output": shapes.of(told) if told else "undefined",
            "errors": one.errors,
        }

    by_router = groupby(all_procedures(), key=lambda one: one.name.rpartition(".")[0])
    return [{"name": router, "procedures": [described(one) for one in found]} for router, found in by_router]


def _events(document: dict[str, Any]) -> list[dict[str, Any]]:
    shapes = Shapes(document["components"]["schemas"], dates=False)

    def described(one: events.Event) -> dict[str, Any]:
        (content,) = document["webhooks"][one.name]["post"]["requestBody"]["content"].values()
        shown = {"shape": shapes.of(content["schema"]), "example": _json(content["example"])}
        return {"name": one.name, "says": one.meaning, "told": one.told, **shown}

    return [described(one) for one in events.ALL]


def _errors() -> list[dict[str, Any]]:
    made, definitions = generate([], details.OF.values(), "#/$defs/{model}")
    shapes = Shapes(definitions, dates=False)
    shown = {error: shapes.of(made[of, "serialization"]) for error, of in details.OF.items()}
    return [
        {"status": one.status, "code": one.code, "meaning": errors.meaning(one), "details": shown.get(one)}
        for one in together(_all_errors())
    ]


def _all_errors() -> Errors:
    of_routes = (endpoint.errors for endpoint in endpoints())
    of_procedures = (procedure.errors for procedure in all_procedures())
    return tuple(chain.from_iterable(chain(of_routes, of_procedures)))


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _anchor(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()


def _prose(text: str) -> Markup:
    """Paragraphs, with what is **strong** and what is `code`."""
    return Markup("\n").join(Markup("<p>{}</p>").format(_inline(part)) for part in text.strip().split("\n\n"))


def _inline(text: str) -> Markup:
    def marked(found: re.Match[str]) -> str:
        tag, inner = ("strong", found["strong"]) if found["strong"] else ("code", found["code"])
        return f"<{tag}>{inner}</{tag}>"

    return Markup(MARKED.sub(marked, str(escape(text))))  # noqa: S704 - escaped above, and then only marked
