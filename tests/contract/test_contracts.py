"""What is written of our contracts: what clients build on is what the functions really take, give and refuse with."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from kernel import clock, signatures
from kernel.errors import AppError
from kernel.http import Endpoint
from kernel.trpc import Procedure
from local.contracts import about, events
from local.contracts.declared import endpoints, folder_of
from local.contracts.declared import procedures as all_procedures
from local.contracts.errors import EXAMPLES
from local.contracts.files import FILES
from local.contracts.schemas import BOUNDS
from tests.support.contracts import ERRORS, EVENTS, OPENAPI, PROCEDURES, codes
from tests.support.events_out import sample_event
from tests.support.house import ROOT, Source, functions, template
from tests.support.pages import Page
from tests.support.published import unpublished


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_what_is_written_is_made_of_the_declarations_as_they_are_now(file: Path) -> None:
    """A field was renamed; the clients generated from last month's document went on sending the old name."""
    assert file.read_text() == FILES[file](), "run `make format`"


def test_the_openapi_document_is_valid() -> None:
    """A generator stopped at the first line, and its user wrote the client by hand."""
    assert [error.message for error in OpenAPIV31SpecValidator(OPENAPI).iter_errors()] == []


def test_every_rest_route_is_in_it() -> None:
    """An endpoint nobody had heard of."""
    documented = {f"{method.upper()} {path}" for path, methods in OPENAPI["paths"].items() for method in methods}
    routes = {one.route for one in functions() if one.route}
    assert documented == {route for route in routes if "/api/trpc/" not in route}


def test_every_procedure_is_in_its_own() -> None:
    routes = [one.route for one in functions() if one.route]
    names = {route.rpartition("/")[2] for route in routes if "/api/trpc/" in route}
    assert set(PROCEDURES["properties"]) == names - {"{procedures+}"}


def test_bounds_are_in_json_schemas_words() -> None:
    """A form that was made from the schema let people type 5 minutes, and only we said no."""
    fields = {name for schema in PROCEDURES["$defs"].values() for name in schema.get("properties", {})}
    written = json.dumps([PROCEDURES, EVENTS, OPENAPI])
    assert [word for word in BOUNDS if word not in fields and f'"{word}":' in written] == []
    duration = PROCEDURES["$defs"]["CreateWorkshopInput"]["properties"]["duration"]
    assert (duration["minimum"], duration["maximum"]) == (15, 480)


def test_the_schemas_are_schemas() -> None:
    """A reference led nowhere, and was found by the first who used it."""
    Draft202012Validator.check_schema(EVENTS)
    Draft202012Validator.check_schema(PROCEDURES)
    for document in (PROCEDURES, EVENTS, OPENAPI):
        assert [reference for reference in _references(document) if not _leads_somewhere(document, reference)] == []


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.code)
def test_every_published_error_says_what_it_means_and_shows_itself(error: type[AppError]) -> None:
    """A code in a list, and nobody who could say when it comes."""
    assert error.__doc__
    assert error.code in EXAMPLES
    assert set(EXAMPLES) == {one.code for one in ERRORS}


def test_every_error_of_a_route_is_listed_at_its_status_and_no_other() -> None:
    for endpoint in endpoints():
        method, path = endpoint.route.split()
        listed = {
            (status, code)
            for status, response in OPENAPI["paths"][path][method.lower()]["responses"].items()
            if status >= "400"
            for code in codes(response["content"]["application/json"]["schema"])
        }
        assert listed == {(str(error.status), error.code) for error in endpoint.errors}, endpoint.route


@pytest.mark.parametrize("declared", [*endpoints(), *all_procedures()], ids=folder_of)
def test_every_error_that_a_handler_declares_is_named_by_the_tests_of_its_own(declared: Endpoint | Procedure) -> None:
    """Clients had words ready for a refusal that could not come any more, and for one that no test had ever met.

    Named as a text of the code, and no more than that: that it is this function which answers so is for who writes the
    test. The other way round is looked at with every answer (`tests/conftest.py`).
    """
    absent = declared.absent if isinstance(declared, Endpoint) and "{" in declared.route else None
    own = {error.code for error in (*declared.declared, absent) if error}
    (function,) = (one for one in functions() if one.folder.as_posix() == folder_of(declared))
    assert own - {text for _, text in Source.read(function.test_file).texts} == set()


def test_an_event_that_is_not_as_published_is_noticed() -> None:
    """Each test that has something told looks at it so; here is one that must be found."""
    told: dict[str, Any] = {
        "event": "WORKSHOP_CREATED",
        "timestamp": "2024-11-30T10:00:00Z",
        "data": sample_event().model_dump(),
    }
    assert unpublished([told]) == []
    less = {**told, "data": {**told["data"], "tenant": {"id": 1}}}
    more = {**told, "webhookId": "wh_1"}
    other = {**told, "event": "WORKSHOP_DELETED"}
    assert [len(unpublished([wrong])) for wrong in (less, more, other)] == [1, 1, 1]


def test_every_header_of_an_event_is_told_of_in_the_document_and_on_the_page() -> None:
    """The page had each event, and no word of how to know that it came from us."""
    signed = signatures.outgoing_headers(["whsec_bmV3", "whsec_b2xk"], "message-1", clock.now(), b"{}")
    page = Page((ROOT / "functions/docs/page.html").read_text())
    assert {*signed, "X-Webhook-Sequence"} == set(events.HEADERS)
    assert [name for name in events.HEADERS if name not in page.shown] == []
    always = signatures.outgoing_headers(["whsec_bmV3"], "message-1", clock.now(), b"{}")
    for event in OPENAPI["webhooks"].values():
        required = {one["name"]: one["required"] for one in event["post"]["parameters"]}
        assert required == {name: name in {*always, "X-Webhook-Sequence"} for name in events.HEADERS}


def test_pages_of_other_origins_may_send_and_read_the_headers_that_are_told_of() -> None:
    """A front end was to send `If-None-Match`, and its browser asked us first and then would not."""
    operations = [operation for path in OPENAPI["paths"].values() for operation in path.values()]
    sent = {one["name"].lower() for each in operations for one in each.get("parameters", []) if one["in"] == "header"}
    for rules in _cors():
        assert sent - set(rules["allowHeaders"]) == set()
        assert {name.lower() for name in about.HEADERS} - READ_ANYWAY - set(rules["exposeHeaders"]) == set()


READ_ANYWAY = {"cache-control", "location", "set-cookie"}
"""The first is open to every page, the others are the browser's own business."""


def _cors() -> list[dict[str, Any]]:
    """For front ends that are named, and for any."""
    _, named, others = template()["Resources"]["Api"]["Properties"]["CorsConfiguration"]["Fn::If"]
    return [named, others]


def test_every_path_has_its_tag() -> None:
    used = {operation["tags"][0] for path in OPENAPI["paths"].values() for operation in path.values()}
    assert used | {"Webhooks we send"} == set(about.TAGS)


def test_the_page_has_everything() -> None:
    """The one procedure that was looked for stood in another document."""
    page = Page((ROOT / "functions/docs/page.html").read_text())
    named = [one.name for one in all_procedures()] + [event.name for event in events.ALL] + [one.code for one in ERRORS]
    paths = [endpoint.route.split()[1] for endpoint in endpoints()]
    assert [name for name in named + paths if name not in page.shown] == []


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    """The page of the contract was the one that told a stranger's server who reads it."""
    html = (ROOT / "functions/docs/page.html").read_text()
    page = Page(html)
    assert not {"script", "img", "iframe", "link", "object", "embed", "form"} & set(page.tags)
    assert [link for link in page.links if not link.startswith(("#", "/api/"))] == []
    assert [link for link in page.links if link.startswith("#") and f'id="{link[1:]}"' not in html] == []
    assert "url(" not in html
    assert "style=" not in html


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [reference for value in node.values() for reference in _references(value)]
    return [reference for value in node for reference in _references(value)] if isinstance(node, list) else []


def _leads_somewhere(document: Any, reference: str) -> bool:
    place = document
    for part in reference.removeprefix("#/").split("/"):
        place = place.get(part) if isinstance(place, dict) else None
    return place is not None
