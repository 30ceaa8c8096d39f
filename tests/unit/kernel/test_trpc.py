"""The edge of procedures: every recorded exchange, and the rules that real clients do not show."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from kernel import errors, superjson, trpc, trpc_wire
from kernel.auth import Anyone
from kernel.errors import AppError
from kernel.limits import Limit
from kernel.trpc_fields import Input, JsDate, JsInt, JsNumber, Nothing
from kernel.trpc_folders import in_folders
from tests.wire import sample

RECORDED = json.loads((Path(__file__).parents[2] / "wire/trpc_vectors.json").read_text())
ROUTER = trpc.router(sample.find)


@pytest.fixture(scope="module", autouse=True)
def _aws() -> Iterator[None]:
    with sample.aws():
        yield


def event(
    method: str, path: str, *, query: str = "", body: str | None = None, cookie: str | None = None, **headers: str
) -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "cookies": [cookie or sample.cookie()],
        "headers": {
            "host": "booking.example.com",
            "x-forwarded-proto": "https",
            **({"content-type": "application/json"} if body is not None else {}),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
        "requestContext": {"http": {"method": method, "sourceIp": "203.0.113.7"}, "requestId": "request-1"},
        "body": body,
        "isBase64Encoded": False,
    }


def ask(method: str, path: str, **rest: Any) -> tuple[int, Any]:
    answer = ROUTER(event(method, f"/api/trpc/{path}", **rest), None)
    return answer["statusCode"], json.loads(answer["body"])


def query(path: str, value: Any = superjson.UNDEFINED, **rest: Any) -> tuple[int, Any]:
    return ask("GET", path, query=f"input={quote(json.dumps(superjson.encode(value)))}", **rest)


def mutate(path: str, value: Any, **rest: Any) -> tuple[int, Any]:
    return ask("POST", path, body=json.dumps(superjson.encode(value)), **rest)


def data_of(body: Any) -> Any:
    return body["error"]["json"]["data"]


def message_of(body: Any) -> str:
    message: str = body["error"]["json"]["message"]
    return message


@pytest.mark.parametrize("vector", RECORDED["vectors"], ids=lambda vector: vector["name"])
def test_a_recorded_exchange_is_answered_as_it_was(vector: dict[str, Any]) -> None:
    request, recorded = vector["request"], vector["response"]
    headers = {name: value for name, value in request["headers"].items() if name != "cookie"}
    sent = event(request["method"], request["path"], query=request["query"], body=request["body"], **headers)
    if "cookie" not in request["headers"]:
        sent["cookies"] = []
    answer = ROUTER(sent, None)
    assert answer["statusCode"] == recorded["status"]
    if recorded["body"] is None:
        assert answer["body"] == ""
        return
    assert answer["headers"]["content-type"] == "application/json"
    assert answer["headers"]["vary"] == recorded["headers"]["vary"]
    assert _comparable(_decoded(json.loads(answer["body"])), vector) == _comparable(vector["decoded_response"], vector)


def test_the_errors_of_trpc_are_those_of_its_server() -> None:
    for status, (key, number) in trpc_wire.ERRORS.items():
        assert RECORDED["error_codes"][key] == [number, status]


@pytest.mark.parametrize("error", [one for one in vars(errors).values() if isinstance(one, type)], ids=str)
def test_every_published_error_has_its_key(error: Any) -> None:
    """An error without a key in the table would have been told as an internal one."""
    if issubclass(error, AppError):
        assert error.status in trpc_wire.ERRORS


@pytest.mark.parametrize(
    ("path", "reported"),
    [
        ("immersio.workshop.list", "immersio.workshop.list"),
        ("viewer.immersio.workshop.list", "viewer.immersio.workshop.list"),
        ("workshop.list", "workshop.list"),
        ("workshop/list", "list"),
        ("immersio/workshop.list", "workshop.list"),
        ("immersio/workshop.list/", "workshop.list"),
        ("viewer/immersio.workshop.list", "immersio.workshop.list"),
        ("immersio%2Fworkshop%2Elist", "workshop.list"),
        ("quirks/echo", "echo"),
        ("quirks.echo", "quirks.echo"),
        ("viewer.quirks.echo", "viewer.quirks.echo"),
        ("viewer/quirks.echo", "quirks.echo"),
    ],
)
def test_every_spelling_of_an_address_leads_to_its_procedure(path: str, reported: str) -> None:
    assert query(path, {})[0] == 200
    status, body = query(path, {"after": 5, "when": 5})
    assert (status, data_of(body)["path"]) == (400, reported)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "nope",
        "a/b/workshop.list",
        "immersio..list",
        "immersio.workshop.list.",
        "IMMERSIO.workshop.list",
        "immersio.workshop.list,immersio.tenant.get",
        "immersio.workshop._list",
        "..%2f..%2fetc",
        "x" * 5000,
        "w%00x",
    ],
)
def test_a_path_without_a_procedure_answers_404(path: str) -> None:
    status, body = query(path, {})
    assert (status, data_of(body)["code"], data_of(body)["appCode"]) == (404, "NOT_FOUND", "NOT_FOUND")


@pytest.mark.parametrize("path", ["%", "%zz", "immersio.tenant.get%", "%ff", "%c3%28"])
def test_a_malformed_escape_in_the_path_answers_400(path: str) -> None:
    assert query(path)[0] == 400


def test_a_procedure_answers_on_its_own_route_and_on_no_other() -> None:
    own = sample.tenant_get(event("GET", "/api/trpc/immersio.tenant.get"), None)
    other = sample.tenant_get(event("GET", "/api/trpc/immersio.workshop.list"), None)
    batch = sample.tenant_get(event("GET", "/api/trpc/immersio.tenant.get", query="batch=1"), None)
    assert (own["statusCode"], other["statusCode"], batch["statusCode"]) == (200, 404, 200)
    assert json.loads(batch["body"]) == [json.loads(own["body"])]


def test_a_declaration_says_all_there_is_to_say() -> None:
    procedure = sample.workshop_create.procedure
    assert (procedure.name, procedure.kind, procedure.caller) == (
        "immersio.workshop.create",
        "mutation",
        sample.Manager,
    )
    assert (procedure.input, procedure.output) == (sample.CreateWorkshop, sample.Workshop)


def test_a_declaration_that_does_not_fit_its_function_fails_at_once() -> None:
    def takes_a_manager(input: Nothing, caller: sample.Manager) -> None: ...
    def takes_more(input: Nothing, other: int) -> None: ...
    def says_not_what_it_returns(input: Nothing): ...  # type: ignore[no-untyped-def] # noqa: ANN202

    with pytest.raises(TypeError, match="another caller"):
        trpc.query("immersio.x.y", caller=sample.Member)(takes_a_manager)
    for function in (takes_more, says_not_what_it_returns):
        with pytest.raises(TypeError, match=r"immersio\.x\.y"):
            trpc.query("immersio.x.y", caller=sample.Member)(function)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_not_allowed(method: str) -> None:
    answer = ROUTER(event(method, "/api/trpc/immersio.tenant.get"), None)
    assert (answer["statusCode"], answer["headers"]["allow"]) == (405, "GET, POST")
    assert data_of(json.loads(answer["body"]))["path"] == "immersio.tenant.get"


def test_a_mutation_is_not_done_by_get_and_a_query_may_be_sent_by_post() -> None:
    """A link in an e-mail deleted a workshop."""
    answer = ROUTER(event("GET", "/api/trpc/immersio.workshop.delete", query="input=%7B%22json%22%3A%7B%7D%7D"), None)
    assert (answer["statusCode"], answer["headers"]["allow"]) == (405, "POST")
    assert data_of(json.loads(answer["body"]))["code"] == "METHOD_NOT_SUPPORTED"
    assert mutate("immersio.workshop.list", {})[0] == 200


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x", "", "application/jsonp"])
def test_a_post_that_a_foreign_form_could_send_is_refused(content_type: str) -> None:
    sent = event("POST", "/api/trpc/immersio.workshop.delete", body='{"json":{"id":"x"}}')
    sent["headers"]["content-type"] = content_type
    answer = ROUTER(sent, None)
    assert (answer["statusCode"], answer["headers"]["content-type"]) == (415, "application/json")


def test_a_charset_may_stand_beside_the_content_type() -> None:
    sent = event("POST", "/api/trpc/immersio.workshop.delete", body='{"json":{"id":"x"}}')
    sent["headers"]["content-type"] = "Application/JSON; charset=utf-8"
    assert ROUTER(sent, None)["statusCode"] == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://booking.example.com", 200),
        ("https://app.example.com", 200),
        ("http://booking.example.com", 403),
        ("https://evil.example", 403),
        ("https://app.example.com.evil.example", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_a_mutation_from_a_foreign_page_is_refused(origin: str, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The session's cookie goes along with whatever page makes the browser ask."""
    monkeypatch.setenv("TRUSTED_ORIGINS", "https://app.example.com https://other.example.com")
    answered, body = mutate("immersio.workshop.delete", {"id": "x"}, origin=origin)
    assert answered == status
    assert status == 200 or f'"{origin}"' in body["error"]["json"]["message"], "the front end's own is told, to compare"
    assert query("immersio.tenant.get", origin=origin)[0] == 200


def test_whoever_is_not_signed_in_or_may_not_is_told_so() -> None:
    status, body = query("immersio.tenant.get", cookie="next-auth.session-token=x")
    assert (status, data_of(body)["code"]) == (401, "UNAUTHORIZED")
    status, body = mutate("immersio.workshop.delete", {"id": "x"}, cookie=sample.cookie(7))
    assert (status, data_of(body)["code"], data_of(body)["appCode"]) == (403, "FORBIDDEN", "FORBIDDEN")


@pytest.mark.parametrize("cookie", [sample.cookie(), "other=1"])
def test_a_caller_is_recognised_once_in_a_batch(cookie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample.Member, "recognised", 0)
    ask("GET", ",".join(["immersio.tenant.get"] * 5), query="batch=1", cookie=cookie)
    assert sample.Member.recognised == 1


def test_each_call_of_a_batch_counts_against_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample.Member, "limit", Limit("member", 3, 100_000_000))
    status, body = ask("GET", ",".join(["immersio.tenant.get"] * 5), query="batch=1")
    assert [next(iter(one)) for one in body] == ["result"] * 3 + ["error"] * 2
    assert (status, data_of(body[4])["code"], data_of(body[4])["appCode"]) == (207, "TOO_MANY_REQUESTS", "RATE_LIMITED")
    answer = ROUTER(event("GET", "/api/trpc/immersio.tenant.get"), None)
    assert int(answer["headers"]["retry-after"]) == data_of(json.loads(answer["body"]))["retryAfterSeconds"] > 0


def test_a_procedure_may_have_a_limit_and_a_size_of_its_own() -> None:
    small, large, too_large = ({"file": "x" * size} for size in (10, 1_900_000, 2_100_000))
    assert mutate("immersio.landing.uploadAsset", too_large)[0] == 413
    answers = [mutate("immersio.landing.uploadAsset", value)[0] for value in (small, large, small)]
    assert answers == [200, 200, 429]
    assert mutate("immersio.workshop.delete", {"id": "x" * 1_000_001})[0] == 413


def test_a_batch_has_at_most_twenty_calls() -> None:
    assert ask("GET", ",".join(["nope"] * 20), query="batch=1")[0] == 404
    status, body = ask("GET", ",".join(["nope"] * 21), query="batch=1")
    assert (status, data_of(body)["code"]) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("flag", ["1", "true", "yes"])
def test_any_truthy_batch_is_a_batch(flag: str) -> None:
    assert isinstance(ask("GET", "immersio.tenant.get", query=f"batch={flag}")[1], list)


@pytest.mark.parametrize("raw", ["", "0", "false"])
def test_any_other_is_not(raw: str) -> None:
    assert isinstance(ask("GET", "immersio.tenant.get", query=f"batch={raw}")[1], dict)


@pytest.mark.parametrize("body", ["{bad", "{}}", '{"json": NaN}', "[" * 100_000])
def test_bad_json_answers_400_with_one_object(body: str) -> None:
    for path, flag in (
        ("immersio.workshop.delete", ""),
        ("immersio.workshop.delete,immersio.workshop.delete", "batch=1"),
    ):
        status, answer = ask("POST", path, query=flag, body=body)
        assert (status, data_of(answer)["code"], data_of(answer)["appCode"]) == (400, "BAD_REQUEST", "VALIDATION_ERROR")


@pytest.mark.parametrize("body", ["", "[]", "5", "null"])
def test_inputs_of_a_batch_that_are_missing_are_undefined(body: str) -> None:
    status, answer = ask("POST", "immersio.tenant.get,immersio.landing.getSettings", query="batch=1", body=body)
    assert status == 207
    assert [next(iter(one)) for one in answer] == ["result", "error"]


@pytest.mark.parametrize("value", [None, 5, "text", [], [{}]])
def test_an_input_that_is_no_object_is_refused(value: Any) -> None:
    for path in ("immersio.tenant.get", "immersio.workshop.list"):
        status, body = query(path, value)
        assert (status, message_of(body)) == (400, "input: must be an object")


@pytest.mark.parametrize("queried", ["input=%ff", "input=1&input=2"])
def test_a_query_string_that_cannot_be_read_answers_400(queried: str) -> None:
    assert ask("GET", "immersio.tenant.get", query=queried)[0] == 400


def test_a_broken_rule_is_told_by_field() -> None:
    status, body = mutate(
        "immersio.workshop.create", {"title": "", "startsAt": "2026-01-01T00:00:00.000Z", "capacity": 1.5}
    )
    data = data_of(body)
    assert (status, data["appCode"]) == (400, "VALIDATION_ERROR")
    assert [detail["field"] for detail in data["details"]] == ["title", "startsAt", "capacity"]
    assert data["zodError"]["fieldErrors"].keys() == {"title", "startsAt", "capacity"}
    assert "startsAt: must be a Date" in message_of(body)
    assert "capacity: must be a whole number" in message_of(body)


def test_an_internal_error_says_nothing_but_its_request(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.ERROR):
        status, body = query("immersio.debug.boom", {"password": "of the caller"})
    assert (status, data_of(body)["code"], data_of(body)["appCode"]) == (500, "INTERNAL_SERVER_ERROR", "INTERNAL_ERROR")
    assert "request-1" in message_of(body)
    assert "secret" not in json.dumps(body)
    assert "of the caller" not in caplog.text + capsys.readouterr().out


def test_an_event_that_cannot_be_read_is_an_answer_too() -> None:
    answer = ROUTER({"requestContext": {}}, None)
    assert (answer["statusCode"], data_of(json.loads(answer["body"]))["code"]) == (500, "INTERNAL_SERVER_ERROR")


class Strict(Input):
    """One field for each type of its own."""

    when: JsDate | None = None
    number: JsNumber = 0
    whole: JsInt = 0
    flag: bool = False
    text: str = ""


@pytest.mark.parametrize(
    ("field", "value", "read"),
    [
        ("number", 5, 5),
        ("number", 5.0, 5),
        ("number", 0.5, 0.5),
        ("whole", 5, 5),
        ("whole", 5.0, 5),
        ("whole", -0.0, 0),
        ("whole", 2**53 - 1, 2**53 - 1),
        ("when", None, None),
        ("when", sample.INTRO.starts_at, sample.INTRO.starts_at),
    ],
)
def test_a_field_takes_what_zod_takes(field: str, value: Any, read: Any) -> None:
    found = getattr(Strict.model_validate({field: value}), field)
    assert found == read
    assert type(found) is type(read)


@pytest.mark.parametrize(
    ("field", "value"),
    [("number", value) for value in ("5", True, None, float("nan"), float("inf"), 2**53)]
    + [("whole", value) for value in ("5", True, 5.5, None, float("inf"), 1e300)]
    + [("when", value) for value in ("2026-01-01T00:00:00.000Z", 0, sample.INTRO.starts_at.replace(tzinfo=None))]
    + [("flag", value) for value in (1, "true", None)]
    + [("text", value) for value in (5, None, superjson.UNDEFINED, b"x")],
    ids=str,
)
def test_a_field_refuses_what_zod_refuses(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=field):
        Strict.model_validate({field: value})


HANDLER = """
from kernel.auth import Anyone
from kernel.trpc import query
from kernel.trpc_fields import Nothing, Output

class Pong(Output):
    text: str

@query("immersio.pingPong.playOnce", caller=Anyone)
def handler(input: Nothing) -> Pong:
    return Pong(text="pong")
"""


@pytest.fixture
def find(tmp_path: Path) -> trpc.Find:
    for folder, text in (
        ("immersio/ping_pong/play_once", HANDLER),
        ("immersio/other/name", HANDLER),
        ("immersio/public/page", "def handler(event, context): ..."),
        ("immersio/workers/none", "x = 1"),
    ):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "handler.py").write_text(text)
    return in_folders(immersio=tmp_path / "immersio", viewer=tmp_path / "viewer")


def test_a_procedure_is_found_by_the_ten_second_rule(find: trpc.Find) -> None:
    found = find("immersio.pingPong.playOnce")
    assert found is not None
    assert (found.name, found.caller) == ("immersio.pingPong.playOnce", Anyone)
    answer = trpc.router(find)(event("GET", "/api/trpc/immersio/pingPong.playOnce", query="batch=1"), None)
    assert json.loads(answer["body"]) == [{"result": {"data": {"json": {"text": "pong"}}}}]


@pytest.mark.parametrize(
    "name",
    [
        "immersio",
        "immersio.nope",
        "immersio.pingPong",
        "nope.pingPong.playOnce",
        "viewer.pingPong.playOnce",
        "immersio.public.page",
        "immersio.workers.none",
        "immersio.other.name",
    ],
)
def test_what_is_no_procedure_is_not_found(name: str, find: trpc.Find) -> None:
    assert find(name) is None


def _decoded(body: Any) -> Any:
    """Our answer in the notation of the recorded ones."""
    match body:
        case list():
            return [_decoded(one) for one in body]
        case {"result": {"data": envelope}}:
            return {"result": sample.tagged(superjson.decode(envelope))}
        case {"error": envelope}:
            return {"error": sample.tagged(superjson.decode(envelope))}
        case _:
            raise AssertionError(body)


def _comparable(body: Any, vector: Any) -> Any:
    """What a client goes by; not our wording, nor what we tell beyond the recorded server."""
    match body:
        case list():
            return [_comparable(one, vector) for one in body]
        case {"error": {"message": message, "code": code, "data": data}}:
            told = {"number": code, "broken": sorted(data.get("zodError", {}).get("fieldErrors", {}))}
            told |= {name: data[name] for name in ("code", "httpStatus")}
            if vector["response"]["status"] != 415:  # the recorded server had not read the path yet
                told["path"] = data["path"]
            if data.get("appCode") in {"WORKSHOP_NOT_FOUND", "WORKSHOP_SLUG_TAKEN", "RATE_LIMITED"}:
                told |= {"appCode": data["appCode"], "details": data.get("details"), "message": message}
            return told
        case _:
            return body
