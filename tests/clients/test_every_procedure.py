"""The real clients with NextAuth's real cookies call every procedure of the running stack, in every way they have."""

from typing import Any

import pytest

from immersio.access.model import Role
from kernel.errors import RateLimited
from kernel.trpc_wire import LARGEST_BATCH
from tests.clients.node import TRPC, Node
from tests.support.inside import inside
from tests.support.local_stack import LocalStack
from tests.support.schools import CREATE, procedures, sample_input
from tests.support.workers import Context, function
from tests.wire.sample import tagged

OF_THE_EDGE = {401, 405, 415, 429}
"""Refused before the procedure was asked."""
EVERY_CLIENT = pytest.mark.parametrize("client", TRPC)
EVERY_WAY = pytest.mark.parametrize("layout", ["plain", "cal"])
BATCHED_OR_NOT = pytest.mark.parametrize("batched", [True, False], ids=["batched", "single"])


@pytest.fixture(scope="module")
def cookies(node: Node, stack: LocalStack) -> dict[str, str]:
    """For each client an owner with a school of their own: all calls in a minute are more than one user may make.

    The session is as next-auth itself makes it, from a token as Cal.com signs it.
    """
    secret = stack.description["secrets"]["nextAuth"]
    return {client: _header(_made(node, _token_of_an_owner(stack, client), secret)) for client in TRPC}


@EVERY_CLIENT
@EVERY_WAY
@BATCHED_OR_NOT
@pytest.mark.parametrize("name", procedures())
def test_every_procedure_answers_the_real_clients(
    node: Node, stack: LocalStack, cookies: dict[str, str], name: str, client: str, layout: str, batched: bool
) -> None:
    how = {"client": client, "layout": layout, "batched": batched, "url": stack.url}
    for path in spellings(name):
        without, with_cookie = (_call(node, path, name, one, how) for one in ({}, {"cookie": cookies[client]}))
        assert _is_not_let_in(without)
        assert _is_answered(name, with_cookie), with_cookie


@EVERY_CLIENT
@EVERY_WAY
def test_all_procedures_of_a_kind_go_into_one_batch(
    node: Node, stack: LocalStack, cookies: dict[str, str], client: str, layout: str
) -> None:
    """In Cal.com's layout one request for each endpoint, in the plain one a single request."""
    queries = [name for name, procedure in procedures().items() if procedure.kind == "query"]
    for start in range(0, len(queries), LARGEST_BATCH):
        some = queries[start : start + LARGEST_BATCH]
        calls = [{"path": name, "kind": "query", "input": tagged(sample_input(name))} for name in some]
        headers = {"cookie": cookies[client]}
        answer = node.do("call", client=client, layout=layout, url=stack.url, headers=headers, calls=calls)
        answered = zip(some, answer["results"], strict=True)
        assert [(name, result) for name, result in answered if not _is_answered(name, result)] == []
        endpoints = {name.split(".")[1] for name in some} if layout == "cal" else {""}
        assert len(answer["requests"]) == len(endpoints)


@EVERY_CLIENT
@EVERY_WAY
@BATCHED_OR_NOT
def test_the_school_and_the_user_arrive_with_their_dates(
    node: Node, stack: LocalStack, client: str, layout: str, batched: bool
) -> None:
    cookie = stack.description["cookies"]["owner"]
    paths = ("immersio.tenant.get", "viewer.me.get")
    calls = [{"path": path, "kind": "query", "input": {}} for path in paths]
    how = {"client": client, "layout": layout, "batched": batched, "url": stack.url}
    tenant, me = (one["value"] for one in node.do("call", headers={"cookie": cookie}, calls=calls, **how)["results"])
    assert (tenant["id"], tenant["plan"]["maxEventTypes"]) == (stack.description["tenant"]["id"], -1)
    assert tenant["createdAt"].keys() == me["createdDate"].keys() == {"$date"}
    assert me["organization"]["id"] == tenant["id"]


@EVERY_CLIENT
def test_the_demo_cookies_are_of_whom_they_say(node: Node, stack: LocalStack, client: str) -> None:
    cookies, tenants = stack.description["cookies"], (stack.description["tenant"], stack.description["otherTenant"])
    told = {name: _me(node, stack, one, client)["value"]["organization"] for name, one in cookies.items()}
    assert {name: one["role"] for name, one in told.items()} == {
        "owner": Role.OWNER,
        "admin": Role.ADMIN,
        "member": Role.MEMBER,
        "otherOwner": Role.OWNER,
    }
    assert [told[name]["id"] for name in ("member", "otherOwner")] == [tenant["id"] for tenant in tenants]


def test_a_cookie_of_next_auth_that_is_touched_or_expired_is_refused(node: Node, stack: LocalStack) -> None:
    owner, secret = stack.description["cookies"]["owner"], stack.description["secrets"]["nextAuth"]
    me = _me(node, stack, owner)["value"]
    token = {"sub": str(me["id"]), "email": me["email"]}
    ((name, value),) = _made(node, token, secret).items()
    ((_, expired),) = _made(node, token, secret, age=-15).items()
    assert _me(node, stack, f"{name}={value}")["ok"]
    for refused in (f"{name}={value[:-1]}", f"{name}={expired}"):
        assert _is_not_let_in(_me(node, stack, refused))


def spellings(name: str) -> list[str]:
    """As our own front end names it, and as a router inside of Cal.com's `viewer` does."""
    return [name] if name.startswith("viewer.") else [name, f"viewer.{name}"]


def _call(node: Node, path: str, name: str, headers: dict[str, str], how: dict[str, Any]) -> dict[str, Any]:
    call = {"path": path, "kind": procedures()[name].kind, "input": tagged(sample_input(name))}
    answered: dict[str, Any] = node.do("call", headers=headers, calls=[call], **how)["results"][0]
    return answered


def _is_not_let_in(answered: dict[str, Any]) -> bool:
    """Of one address so many are refused in a minute; then they are told to wait, as nobody is who is let in."""
    return answered["data"]["code"] in {"UNAUTHORIZED", "TOO_MANY_REQUESTS"}


def _is_answered(name: str, answered: dict[str, Any]) -> bool:
    """A query has its result; where the sample is spent by now, or names a thing, there is an answer about that.

    A procedure with a limit of its own, which these many calls are too many for, was found too.
    """
    if answered["ok"]:
        return True
    procedure, status = procedures()[name], answered["data"]["httpStatus"]
    if procedure.limit and status == RateLimited.status:
        return True
    may_refuse = procedure.kind == "mutation" or _names_a_thing(sample_input(name))
    is_its_own = status < 500 and status not in OF_THE_EDGE
    return may_refuse and is_its_own and not answered["message"].startswith("No procedure")


def _names_a_thing(sent: Any) -> bool:
    return isinstance(sent, dict) and any(key == "id" or key.endswith("Id") for key in sent)


def _me(node: Node, stack: LocalStack, cookie: str, client: str = "v11") -> dict[str, Any]:
    return _call(node, "viewer.me.get", "viewer.me.get", {"cookie": cookie}, {"client": client, "url": stack.url})


def _token_of_an_owner(stack: LocalStack, client: str) -> dict[str, Any]:
    owner = {"name": "Ada", "email": f"ada@{client}.example", "username": "ada"}
    school = {"name": client, "slug": f"client-{client}", "plan": "enterprise", "time_zone": "UTC", "owner": owner}
    with inside(stack.description["environment"]):
        (made,) = function(CREATE)(school, Context())["users"]
    return {"sub": str(made["id"]), "email": made["email"], "name": owner["name"], "role": "USER", "org": None}


def _header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def _made(node: Node, token: dict[str, Any], secret: str, age: int = 60 * 60) -> dict[str, str]:
    made: dict[str, str] = node.do("makeCookies", token=token, secret=secret, maxAge=age)
    return made
