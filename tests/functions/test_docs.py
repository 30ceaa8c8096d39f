"""GET /api/docs"""

import base64
import hashlib
import json
import re

import pytest
from jsonschema import Draft202012Validator

from immersio.access.model import Role
from local.contracts.calls import ANSWERED, CALLS, REFUSED, Call
from tests.support.documents import fetch
from tests.support.house import ROOT
from tests.support.pages import Page
from tests.support.schools import Schools


def test_the_page_is_served_to_everybody_and_kept_a_while(schools: Schools) -> None:
    reply = fetch("docs")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "POST /api/resman/tours/book" in Page(reply.body).shown
    assert reply.headers["cache-control"] == "public, max-age=300"
    again = fetch("docs", if_none_match=reply.headers["etag"])
    assert (again.status, again.body) == (304, "")


def test_a_browser_is_told_to_run_nothing_and_takes_the_page_s_own_style_only(schools: Schools) -> None:
    """Somebody found a way to get a word of theirs into the page, and it ran in the browser of whoever read it."""
    reply = fetch("docs")
    (style,) = re.findall(r"<style>(.*?)</style>", reply.body, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    rules = dict(rule.strip().split(" ", 1) for rule in reply.headers["content-security-policy"].split(";"))
    assert rules == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.procedure)
def test_how_a_procedure_is_called_stands_there_as_it_goes_over_the_wire(schools: Schools, call: Call) -> None:
    """Who had no client of tRPC for their language had to guess at the envelope."""
    shown = Page(fetch("docs").body).shown
    assert " ".join(call.request.split()) in shown
    assert " ".join(json.dumps(call.answer, indent=2).split()) in shown
    published = json.loads((ROOT / "docs/schemas/procedures.json").read_text())
    of_it = published["properties"][call.procedure]["properties"]
    assert (call.method == "GET") is (of_it["kind"]["const"] == "query")
    reply = schools.call(call.procedure, schools.academy.cookie(Role.OWNER), sent=call.sent["json"])
    assert reply.status == call.status
    if call is REFUSED:
        assert reply.json == call.answer
    if call is ANSWERED:
        assert reply.json["result"]["data"]["json"].keys() == call.answer["result"]["data"]["json"].keys()
        output = {**of_it["output"], "$defs": published["$defs"]}
        assert Draft202012Validator(output).is_valid(call.answer["result"]["data"]["json"])
