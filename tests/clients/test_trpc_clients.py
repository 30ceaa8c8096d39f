"""The real @trpc/client 10 and 11, and Cal.com's pinned one, against our edge over HTTP."""

import base64
from typing import Any

import pytest

from tests.clients.node import TRPC, Node
from tests.wire import sample

UNDEFINED = {"$undefined": True}

EVERY_CLIENT = pytest.mark.parametrize("client", TRPC)
EVERY_WAY = pytest.mark.parametrize("layout", ["plain", "cal"])
BATCHED_OR_NOT = pytest.mark.parametrize("batched", [True, False], ids=["batched", "single"])


class Client:
    def __init__(self, node: Node, url: str, **how: Any) -> None:
        self._node, self._how = node, {"url": url, "headers": {"cookie": sample.cookie()}, **how}
        self.requests: list[dict[str, Any]] = []

    def call(self, *calls: tuple[str, str, Any], **how: Any) -> list[dict[str, Any]]:
        named = [{"kind": kind, "path": path, "input": value} for kind, path, value in calls]
        answer = self._node.do("call", calls=named, **{**self._how, **how})
        self.requests = answer["requests"]
        results: list[dict[str, Any]] = answer["results"]
        return results

    def query(self, path: str, value: Any = UNDEFINED, **how: Any) -> dict[str, Any]:
        (result,) = self.call(("query", path, value), **how)
        return result

    def mutate(self, path: str, value: Any = UNDEFINED, **how: Any) -> dict[str, Any]:
        (result,) = self.call(("mutation", path, value), **how)
        return result


@pytest.fixture
def trpc(request: pytest.FixtureRequest, node: Node, school: str) -> Client:
    how = {
        name: value for name, value in request.node.callspec.params.items() if name in {"client", "layout", "batched"}
    }
    return Client(node, school, **how)


@EVERY_CLIENT
@EVERY_WAY
@BATCHED_OR_NOT
def test_dates_null_and_undefined_arrive_as_they_are(trpc: Client, client: str, layout: str, batched: bool) -> None:
    sent = {
        "when": {"$date": "2026-03-01T09:00:00.123Z"},
        "optional": UNDEFINED,
        "nullable": None,
        "count": 9007199254740991,
        "ratio": 0.5,
        "many": ["日本語", "a&b=c+d %2C ,", "🚀"],
    }
    assert trpc.query("viewer.quirks.echo", sent) == {"ok": True, "value": {**sent, "optional": "not given"}}


@EVERY_CLIENT
@EVERY_WAY
@BATCHED_OR_NOT
def test_a_mutation_changes_and_answers(trpc: Client, client: str, layout: str, batched: bool) -> None:
    starts = {"$date": "2026-02-15T10:30:00.000Z"}
    made = trpc.mutate("viewer.immersio.workshop.create", {"title": "Advanced", "startsAt": starts})
    assert made["value"]["startsAt"] == starts
    assert made["value"]["publishedAt"] is None
    assert trpc.mutate("viewer.immersio.workshop.delete", {"id": "x"}) == {"ok": True, "value": UNDEFINED}


@EVERY_CLIENT
@EVERY_WAY
@BATCHED_OR_NOT
def test_no_input_is_an_input_too(trpc: Client, client: str, layout: str, batched: bool) -> None:
    """`Nothing` takes undefined and {}; an input that is required takes only {}."""
    assert trpc.query("viewer.immersio.tenant.get")["ok"]
    assert trpc.query("viewer.immersio.tenant.get", {})["ok"]
    assert trpc.query("viewer.immersio.landing.getSettings", {})["ok"]
    assert trpc.query("viewer.immersio.landing.getSettings")["data"]["code"] == "BAD_REQUEST"


@EVERY_CLIENT
@EVERY_WAY
@BATCHED_OR_NOT
def test_errors_reach_the_client_with_all_they_carry(trpc: Client, client: str, layout: str, batched: bool) -> None:
    missing = trpc.query("viewer.immersio.workshop.get", {"id": "nope"})
    path = "workshop.get" if layout == "cal" else "viewer.immersio.workshop.get"
    assert missing == {
        "ok": False,
        "name": "TRPCClientError",
        "message": "Workshop not found",
        "code": -32004,
        "data": {
            "code": "NOT_FOUND",
            "httpStatus": 404,
            "path": path,
            "appCode": "WORKSHOP_NOT_FOUND",
            "details": {"id": "nope"},
        },
    }
    broken = trpc.mutate("viewer.immersio.workshop.create", {"title": "", "startsAt": 5})
    assert broken["data"]["zodError"]["fieldErrors"].keys() == {"title", "startsAt"}
    boom = trpc.query("viewer.immersio.debug.boom")
    assert (boom["data"]["code"], "secret" in boom["message"]) == ("INTERNAL_SERVER_ERROR", False)


@EVERY_CLIENT
@EVERY_WAY
@BATCHED_OR_NOT
def test_who_is_not_signed_in_is_told_so(trpc: Client, client: str, layout: str, batched: bool) -> None:
    refused = trpc.query("viewer.immersio.tenant.get", headers={})
    assert (refused["ok"], refused["data"]["code"], refused["data"]["httpStatus"]) == (False, "UNAUTHORIZED", 401)


@EVERY_CLIENT
@EVERY_WAY
def test_a_batch_is_one_request_in_which_each_call_stands_alone(trpc: Client, client: str, layout: str) -> None:
    results = trpc.call(
        ("query", "viewer.immersio.tenant.get", UNDEFINED),
        ("query", "viewer.immersio.workshop.get", {"id": "nope"}),
        ("query", "viewer.immersio.nope.nope", {}),
        ("query", "viewer.immersio.workshop.list", {"after": {"$date": "2026-01-01T00:00:00.000Z"}}),
    )
    assert [result["ok"] for result in results] == [True, False, False, True]
    assert results[3]["value"]["items"][0]["startsAt"] == {"$date": "2026-03-01T09:00:00.000Z"}
    (request,) = trpc.requests
    assert request["status"] == 207
    assert f"/api/trpc/{'immersio/tenant.get,' if layout == 'cal' else 'viewer.immersio.tenant.get,'}" in request["url"]


@EVERY_CLIENT
def test_the_first_part_of_a_name_may_be_an_endpoint_of_cal_com(node: Node, school: str, client: str) -> None:
    """`immersio.tenant.get` goes out as /api/trpc/tenant/get."""
    trpc = Client(node, school, client=client, layout="cal")
    assert trpc.query("immersio.tenant.get")["ok"]
    assert "/api/trpc/tenant/get?" in trpc.requests[0]["url"]
    assert trpc.query("immersio.workshop.get", {"id": "x"})["data"]["path"] == "get"


@EVERY_CLIENT
def test_a_batch_that_is_too_large_fails_each_call_with_the_reason(node: Node, school: str, client: str) -> None:
    results = Client(node, school, client=client).call(*[("query", "viewer.quirks.echo", {})] * 21)
    assert {result["data"]["code"] for result in results} == {"BAD_REQUEST"}
    assert "20" in results[0]["message"]


@BATCHED_OR_NOT
def test_version_11_may_send_queries_by_post(node: Node, school: str, batched: bool) -> None:
    trpc = Client(node, school, client="v11", batched=batched, methodOverride="POST")
    many = ["x" * 1000] * 50
    assert trpc.query("viewer.quirks.echo", {"many": many})["value"]["many"] == many
    assert trpc.requests[0]["method"] == "POST"


@EVERY_CLIENT
@BATCHED_OR_NOT
def test_types_that_are_not_taken_are_refused_in_words(node: Node, school: str, client: str, batched: bool) -> None:
    trpc = Client(node, school, client=client, batched=batched)
    refused = trpc.query("viewer.quirks.echo", {"optional": {"$regexp": ["a", "g"]}})
    assert (refused["data"]["code"], refused["message"].split(":")[0]) == ("BAD_REQUEST", "input.optional")
    assert trpc.query("viewer.quirks.echo", {"many": {"$set": ["a"]}})["value"]["many"] == ["a"]
    assert trpc.query("viewer.quirks.echo", {"count": {"$bigint": "7"}})["value"]["count"] == 7


def test_a_form_with_a_file_arrives_as_it_is(node: Node, school: str) -> None:
    """Since version 11 a client sends a FormData as it is, without superjson; the answer has superjson as always."""
    content = bytes(range(256)) * 100 + b"\r\n--\r\n"
    form = {"$form": {"assetType": "logo", "file": {"$file": base64.b64encode(content).decode()}}}
    trpc = Client(node, school, client="v11", batched=False)
    assert trpc.mutate("immersio.landing.uploadAsset", form) == {"ok": True, "value": {"length": len(content)}}
    refused = trpc.mutate("viewer.immersio.workshop.create", form)
    assert refused["data"]["code"] == "UNSUPPORTED_MEDIA_TYPE"
