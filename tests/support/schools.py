"""Two schools around one test, and all procedures there are: those that are added are walked over like the others."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

from immersio.access import store as access
from immersio.access.model import Membership, Role, User
from kernel import clock, ids, keys, settings, superjson, table
from kernel.trpc import Handler, Procedure
from local import schools
from tests.support.house import Function, functions
from tests.support.published import unpublished_answer
from tests.support.sink import Sink
from tests.support.workers import Context, Workplace, function
from tests.support.world import Reply

CREATE = "immersio/operators/create_tenant"


@cache
def procedures() -> dict[str, Procedure]:
    """Every procedure of functions/, by name."""
    handlers = (function(one.folder.as_posix()) for one in functions() if _is_under_trpc(one))
    return {one.procedure.name: one.procedure for one in handlers if isinstance(one, Handler)}


def sample_input(name: str) -> Any:
    """What the procedure's sample event sends."""
    event = json.loads(_function(name).event_file.read_text())
    sent = event["body"] if procedures()[name].kind == "mutation" else event["queryStringParameters"]["input"]
    return superjson.decode(json.loads(sent))


@dataclass(frozen=True)
class School:
    tenant_id: int
    slug: str
    org_id: str
    """Its organisation at Immersio; it is connected once a test connects it."""
    users: dict[Role, dict[str, Any]]
    """One of each role; everybody's `id` and `email`."""
    webhook_secret: str | None

    def cookie(self, role: Role, /, **claims: Any) -> str:
        return schools.cookie(self.users[role], settings.secret("SESSION_SECRET")["secret"], **claims)

    @property
    def marks(self) -> set[str]:
        """By these its answers would be known wherever they turned up."""
        people = {str(user[field]) for user in self.users.values() for field in ("id", "email")}
        return {str(self.tenant_id), self.slug, *people}


@dataclass
class Schools(Workplace):
    context = "immersio"

    academy: School
    """Its events go to the sink."""
    studio: School
    """It has no receiver."""
    sink: Sink

    def call(self, name: str, *cookies: str, sent: Any = superjson.UNDEFINED, by: str = "") -> Reply:
        """Call a procedure's own function, or another one, as API Gateway would."""
        return ask(name, *cookies, sent=sent, by=by)

    def rows(self) -> list[dict[str, Any]]:
        """Everything in the table but the counts of requests."""
        return [row for row in super().rows() if "entity" in row]


def ask(name: str, *cookies: str, sent: Any = superjson.UNDEFINED, by: str = "") -> Reply:
    """What `Schools.call` does, for who has nothing of a school but a cookie."""
    answer = function(by or _function(name).folder.as_posix())(_event(name, cookies, sent), Context())
    reply = Reply(answer["statusCode"], answer["body"], answer["headers"])
    assert unpublished_answer(name, reply.json) is None
    return reply


def founded(sink: Sink | None = None, receiver: str | None = None, *, mark: str = "") -> Schools:
    """The two schools of the demo; with a mark in their addresses they can be founded beside others.

    What happens at the academy is told at `receiver`, if there is one.
    """
    academy, studio = (_marked(each, mark) for each in (schools.LANGUAGE_ACADEMY, schools.MUSIC_STUDIO))
    told = {"webhook_url": receiver} if receiver else {}
    return Schools(_school({**academy, **told}), _school(studio), sink or Sink())


def result(reply: Reply) -> Any:
    """What the procedure answered, dates and all."""
    return superjson.decode(reply.json["result"]["data"])


def error(reply: Reply) -> dict[str, Any]:
    data: dict[str, Any] = reply.json["error"]["json"]["data"]
    return data


def gone(school: School) -> None:
    """Its own row is not there any more; nobody of ours deletes one, but a hand in the table may."""
    table.write(table.Delete(key=keys.tenant(school.tenant_id)))


def _school(request: dict[str, Any]) -> School:
    created = function(CREATE)(request, Context())
    student = _student(created["tenant_id"], f"student@{request['slug']}.example")
    users = {Role(user["role"]): user for user in [*created["users"], student]}
    return School(created["tenant_id"], created["slug"], request["immersio_org_id"], users, created["webhook_secret"])


def _marked(request: dict[str, Any], mark: str) -> dict[str, Any]:
    """The slug is in every address of e-mail too; an organisation of Immersio's is one school's."""
    if not mark:
        return request
    slug = request["slug"]
    marked: dict[str, Any] = json.loads(json.dumps(request).replace(slug, f"{slug}-{mark}"))
    return {**marked, "immersio_org_id": f"{request['immersio_org_id']}_{mark}"}


def _student(tenant_id: int, email: str) -> dict[str, Any]:
    now = clock.now()
    user = User(
        id=ids.new_number(),
        tenant_id=tenant_id,
        email=email,
        name="Sofia",
        username="sofia",
        time_zone="UTC",
        created_at=now,
    )
    membership = Membership(tenant_id=tenant_id, user_id=user.id, role=Role.STUDENT, created_at=now)
    table.write(*access.new_member(user, membership))
    return {"id": user.id, "email": email, "role": "STUDENT"}


def _event(name: str, cookies: tuple[str, ...], sent: Any) -> dict[str, Any]:
    known = procedures().get(name)
    envelope = json.dumps(superjson.encode(sent))
    is_query = known is None or known.kind == "query"
    return {
        "version": "2.0",
        "rawPath": f"/api/trpc/{name}",
        "rawQueryString": f"input={quote(envelope)}" if is_query else "",
        "headers": {"content-type": "application/json"},
        "cookies": list(cookies),
        "requestContext": {
            "http": {"method": "GET" if is_query else "POST", "sourceIp": "203.0.113.7"},
            "requestId": "request-of-the-test",
        },
        "body": None if is_query else envelope,
        "isBase64Encoded": False,
    }


@cache
def _function(name: str) -> Function:
    (found,) = (one for one in functions() if one.route and one.route.endswith(f" /api/trpc/{name}"))
    return found


def _is_under_trpc(function: Function) -> bool:
    return function.route is not None and " /api/trpc/" in function.route
