"""A few procedures behind the real edge: those of the recorded exchanges, and one for each quirk of the wire."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self
from unittest.mock import patch

import boto3
from moto import mock_aws
from pydantic import Field

from kernel import limits, session, superjson, trpc
from kernel.auth import Anyone
from kernel.contract import Errors
from kernel.errors import Conflict, Forbidden, NotFound, RateLimited, Unauthorized
from kernel.limits import Limit
from kernel.request import Request
from kernel.trpc import Handler, mutation, query
from kernel.trpc_fields import Input, JsDate, JsInt, JsNumber, Nothing, Output
from local.cors import Cors
from local.functions import Functions
from local.gateway import Gateway
from local.template import Function, Route
from tests.support.inside import forget_clients

SECRET = "session-secret-of-the-tests"


class Member:
    limit: ClassVar[Limit] = limits.AUTHENTICATED
    refused_with: ClassVar[Errors] = (Unauthorized, Forbidden)
    recognised: ClassVar[int] = 0

    def __init__(self, user_id: int) -> None:
        self.user_id = user_id

    @classmethod
    def authenticate(cls, request: Request) -> Self:
        Member.recognised += 1
        found = session.read(request.cookies, SECRET)
        if found is None:
            raise Unauthorized("Sign in first")
        return cls(found.user_id)

    @property
    def scope(self) -> str:
        return f"user {self.user_id}"


class Manager(Member):
    @classmethod
    def authenticate(cls, request: Request) -> Self:
        member = super().authenticate(request)
        if member.user_id != 42:
            raise Forbidden("Only managers may do this")
        return member


class WorkshopNotFound(NotFound):
    code = "WORKSHOP_NOT_FOUND"


class SlugTaken(Conflict):
    code = "WORKSHOP_SLUG_TAKEN"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


class Tenant(Output):
    id: str
    name: str
    slug: str
    logo_url: str | None
    created_at: JsDate
    trial_ends_at: JsDate | None


@query("immersio.tenant.get", caller=Member)
def tenant_get(input: Nothing, caller: Member) -> Tenant:
    return Tenant(
        id="ten_1",
        name="Acme",
        slug="acme",
        logo_url=None,
        created_at=at("2025-12-31T23:59:59.999Z"),
        trial_ends_at=None,
    )


class ListWorkshops(Input):
    after: JsDate = at("2020-01-01T00:00:00Z")
    limit: JsInt = 20
    search: str | None = None


class Workshop(Output):
    id: str
    title: str
    description: str | None
    starts_at: JsDate
    capacity: int
    tags: list[str]
    created_at: JsDate
    updated_at: JsDate
    published_at: JsDate | None


class Workshops(Output):
    items: list[Workshop]
    next_cursor: str | None


INTRO = Workshop(
    id="ws_1",
    title="Intro",
    description=None,
    starts_at=at("2026-03-01T09:00:00Z"),
    capacity=20,
    tags=["a", "b"],
    created_at=at("2026-01-02T03:04:05.678Z"),
    updated_at=at("2026-01-02T03:04:05.678Z"),
    published_at=None,
)


@query("immersio.workshop.list", caller=Member)
def workshop_list(input: ListWorkshops, caller: Member) -> Workshops:
    return Workshops(items=[INTRO], next_cursor=None)


class WorkshopId(Input):
    id: str


@query("immersio.workshop.get", caller=Member, errors=(WorkshopNotFound,))
def workshop_get(input: WorkshopId, caller: Member) -> Workshop:
    raise WorkshopNotFound("Workshop not found", {"id": input.id})


class CreateWorkshop(Input):
    title: Annotated[str, Field(min_length=1)]
    starts_at: JsDate
    capacity: Annotated[JsInt, Field(gt=0)] = 20


@mutation("immersio.workshop.create", caller=Manager, errors=(SlugTaken,))
def workshop_create(input: CreateWorkshop, caller: Manager) -> Workshop:
    if input.title == "Intro":
        raise SlugTaken("A workshop with this title exists")
    made = at("2026-02-01T00:00:00Z")
    changes = {"id": "ws_2", "tags": [], "created_at": made, "updated_at": made}
    return INTRO.model_copy(update={**changes, **input.model_dump()})


@mutation("immersio.workshop.delete", caller=Manager)
def workshop_delete(input: WorkshopId, caller: Manager) -> None:
    return None


@mutation("immersio.workshop.publish", caller=Manager)
def workshop_publish(input: WorkshopId, caller: Manager) -> Workshop:
    if input.id == "ws_limit":
        raise RateLimited("Slow down", {"retryAfterSeconds": 30}, retry_after_seconds=30)
    return INTRO.model_copy(update={"published_at": at("2026-02-03T00:00:00Z")})


class Empty(Input):
    """As strict as `z.object({})`: not given is not empty."""


class Theme(Output):
    primary: str


class Landing(Output):
    headline: str
    theme: Theme
    updated_at: JsDate


@query("immersio.landing.getSettings", caller=Member)
def landing_get_settings(input: Empty, caller: Member) -> Landing:
    return Landing(headline="Hi", theme=Theme(primary="#fff"), updated_at=at("2026-01-07T00:00:00Z"))


class SyncHistory(Input):
    provider: str


class Run(Output):
    id: str
    started_at: JsDate
    finished_at: JsDate | None
    status: str
    error: str | None


class Runs(Output):
    provider: str
    runs: list[Run]


@query("immersio.integration.getSyncHistory", caller=Member)
def integration_get_sync_history(input: SyncHistory, caller: Member) -> Runs:
    done = Run(
        id="run_1",
        started_at=at("2026-01-05T00:00:00Z"),
        finished_at=at("2026-01-05T00:00:03Z"),
        status="ok",
        error=None,
    )
    running = {"id": "run_2", "started_at": at("2026-01-06T00:00:00Z"), "finished_at": None, "status": "running"}
    return Runs(provider=input.provider, runs=[done, done.model_copy(update=running)])


@query("immersio.debug.boom", caller=Anyone)
def debug_boom() -> None:
    raise ZeroDivisionError("secret: db password")


class Quirks(Input):
    """One field for each thing that JSON alone cannot tell apart."""

    when: JsDate = at("2020-01-01T00:00:00Z")
    optional: str = "not given"
    nullable: str | None = "not given"
    count: JsInt = 0
    ratio: JsNumber = 0
    many: Annotated[list[str], Field(default_factory=list)]


class Seen(Output):
    when: JsDate
    optional: str
    nullable: str | None
    count: int
    ratio: int | float
    many: list[str]
    absent: str | None = None


@query("viewer.quirks.echo", caller=Anyone)
def quirks_echo(input: Quirks) -> Seen:
    return Seen(**input.model_dump())


class Upload(Input):
    file: str


class Stored(Output):
    length: int


@mutation("immersio.landing.uploadAsset", caller=Member, limit=Limit("upload", 2, 100_000_000), largest_body=2_000_000)
def landing_upload_asset(input: Upload, caller: Member) -> Stored:
    return Stored(length=len(input.file))


HANDLERS: dict[str, Handler] = {
    one.procedure.name: one
    for one in (
        tenant_get,
        workshop_list,
        workshop_get,
        workshop_create,
        workshop_delete,
        workshop_publish,
        landing_get_settings,
        integration_get_sync_history,
        debug_boom,
        quirks_echo,
        landing_upload_asset,
    )
}


def find(name: str) -> trpc.Procedure | None:
    handler = HANDLERS.get(name)
    return handler.procedure if handler else None


def cookie(user_id: int = 42) -> str:
    ((name, value),) = session.cookies(user_id, "ada@example.com", SECRET, secure=False).items()
    return f"{name}={value}"


@contextmanager
def aws() -> Iterator[None]:
    """The table that requests are counted in."""
    with mock_aws(), patch.dict("os.environ", TABLE_NAME="booking"):
        boto3.client("dynamodb").create_table(
            TableName="booking",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        )
        forget_clients()
        yield
    forget_clients()


class InProcess(Functions):
    """Called as the local stack calls functions, but those of this file."""

    def __init__(self) -> None:
        self._catch_all = trpc.router(find)

    def invoke(self, function: Function, event: Any) -> Any:
        return HANDLERS.get(function.logical_id, self._catch_all)(event, None)


def gateway() -> Gateway:
    """Every procedure on its own route, and one route for everything else, as in the template."""
    routes = [
        Route(_function(name), "GET" if handler.procedure.kind == "query" else "POST", f"/api/trpc/{name}")
        for name, handler in HANDLERS.items()
    ]
    catch_all = Route(_function("router"), "ANY", "/api/trpc/{procedures+}")
    return Gateway([*routes, catch_all], Cors({}), InProcess())


def _function(name: str) -> Function:
    return Function(name, Path(), "handler.handler", 29, 512, {})


def tagged(value: Any) -> Any:
    """A decoded value in the notation of the recorded exchanges."""
    match value:
        case superjson.Undefined():
            return {"$undefined": True}
        case datetime():
            return {"$date": value.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
        case dict():
            return {key: tagged(inner) for key, inner in value.items()}
        case list():
            return [tagged(inner) for inner in value]
        case _:
            return value
