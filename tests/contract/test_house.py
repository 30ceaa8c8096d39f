"""The ten-second rule: from a route to its code, its permissions, its sample event, its test and its documentation.

Someone who is woken at night with a URL in hand must not have to search.
"""

import ast
from collections.abc import Iterator

import pytest

from local.contracts import files as contracts
from tests.support.house import ROOT, Function, folder_of, functions, logical_id_of

EVERY_FUNCTION = pytest.mark.parametrize("function", functions(), ids=lambda function: function.logical_id)


@pytest.mark.parametrize(
    ("route", "folder"),
    [
        ("POST /api/resman/tours/book", "resman/tours/book"),
        ("PUT /api/resman/tours/{appointment_id}", "resman/tours/update"),
        ("POST /api/resman/webhooks/tour-update", "resman/webhooks/tour_update"),
        ("POST /api/trpc/immersio.workshop.updateWhitelist", "immersio/workshop/update_whitelist"),
        ("GET /api/trpc/viewer.me.get", "viewer/me/get"),
        ("ANY /api/trpc/{procedures+}", "procedures"),
        ("GET /api/v1/public/landing/{slug}", "immersio/public/landing/get"),
        ("POST /api/v1/public/bookings/{uid}/cancel", "immersio/public/bookings/cancel"),
        ("GET /api/v1/oauth/immersio/login", "immersio/oauth/immersio/login"),
        ("GET /api/openapi.json", "openapi/json"),
        ("GET /api/docs", "docs"),
    ],
)
def test_the_rule_itself_reads_a_route_as_the_design_says(route: str, folder: str) -> None:
    """The rule was loosened until every route passed."""
    assert folder_of(route).as_posix() == folder


@EVERY_FUNCTION
def test_the_route_leads_to_the_folder(function: Function) -> None:
    """The code of an endpoint was found only by searching for its path."""
    if function.route is None:
        assert function.folder.parts[1] in {"workers", "operators"}
    else:
        assert folder_of(function.route) == function.folder


@EVERY_FUNCTION
def test_the_folder_leads_to_the_logical_id(function: Function) -> None:
    """A log line named a function that no folder was called after."""
    assert logical_id_of(function.folder) == function.logical_id


@EVERY_FUNCTION
def test_the_handler_declares_the_route_that_the_template_gives_it(function: Function) -> None:
    """A route was changed in the template only; what was remembered under the old one was lost."""
    assert _declared_routes(function) == ([function.route] if function.route else [])


@EVERY_FUNCTION
def test_there_is_a_sample_event(function: Function) -> None:
    """To try one function, a developer first spent an hour on writing its event."""
    assert function.event_file.is_file(), f"write {function.event_file.relative_to(ROOT)}"


@EVERY_FUNCTION
def test_there_is_a_test(function: Function) -> None:
    """A function went out that nothing but its author had ever called."""
    assert function.test_file.is_file(), f"write {function.test_file.relative_to(ROOT)}"


@EVERY_FUNCTION
def test_the_readme_has_its_row(function: Function) -> None:
    """Partners were told of an endpoint by a colleague who had since left."""
    readme = (ROOT / "README.md").read_text()
    folder = f"`functions/{function.folder.as_posix()}`"
    rows = [line for line in readme.splitlines() if line.startswith("|") and folder in line]
    assert len(rows) == 1, f"README.md needs one table row with {folder}"
    assert function.route is None or function.route in rows[0]


@EVERY_FUNCTION
def test_the_description_is_the_route_or_says_what_is_done(function: Function) -> None:
    """Eighty functions in the console, told apart by the random end of their names."""
    assert function.route is None or function.properties["Description"] == function.route
    assert function.properties["Description"]


def test_sample_events_and_tests_belong_to_a_function() -> None:
    """A function was removed; its tests and its event stayed, and were kept working for years."""
    events = set((ROOT / "events").rglob("*.json")) - {one.event_file for one in functions()}
    tests = set((ROOT / "tests/functions").rglob("test_*.py")) - {one.test_file for one in functions()}
    assert sorted(path.relative_to(ROOT).as_posix() for path in events | tests) == []


def test_a_folder_of_functions_holds_only_its_handler_and_what_is_served_as_it_is() -> None:
    """A helper next to a handler was imported on one machine and not in Lambda."""
    served = {file for file in contracts.FILES if file.is_relative_to(ROOT / "functions")}
    files = (path for path in (ROOT / "functions").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    assert [
        path.relative_to(ROOT).as_posix() for path in files if path.name != "handler.py" and path not in served
    ] == []


def _declared_routes(function: Function) -> list[str]:
    """The literal of `@endpoint("POST /api/…")`, or the route of `@query("immersio.tenant.get")` and `@mutation(…)`."""
    return [route for node in ast.walk(function.source.tree) for route in _route_of(node)]


def _route_of(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id="endpoint"), args=[ast.Constant(value=str(route))]):
            yield route
        case ast.Call(func=ast.Name(id="query"), args=[ast.Constant(value=str(name))]):
            yield f"GET /api/trpc/{name}"
        case ast.Call(func=ast.Name(id="mutation"), args=[ast.Constant(value=str(name))]):
            yield f"POST /api/trpc/{name}"
        case ast.Call(func=ast.Name(id="router")):
            yield "ANY /api/trpc/{procedures+}"
