"""GET /api/openapi.json"""

import json

import pytest

from kernel.limits import PUBLIC
from tests.support.documents import fetch
from tests.support.house import ROOT
from tests.support.schools import Schools


def test_what_is_served_is_the_document_that_is_committed(schools: Schools) -> None:
    reply = fetch("openapi/json")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    assert reply.json == json.loads((ROOT / "docs/openapi.json").read_text())


@pytest.mark.parametrize("named", ["{tag}", "W/{tag}", '"another", {tag}', "*"])
def test_who_has_it_already_is_not_sent_it_again(schools: Schools, named: str) -> None:
    """Compression on the way makes a tag weak."""
    headers = fetch("openapi/json").headers
    reply = fetch("openapi/json", if_none_match=named.format(tag=headers["etag"]))
    assert (reply.status, reply.body) == (304, "")
    assert reply.headers["etag"] == headers["etag"]
    assert reply.headers["cache-control"] == "public, max-age=300"
    assert fetch("openapi/json", if_none_match='"another"').status == 200


def test_it_is_limited_as_everything_public_is(schools: Schools, now: object) -> None:
    assert [fetch("openapi/json").status for _ in range(PUBLIC.requests + 1)][-2:] == [200, 429]
