"""Schools of these tests' own, made by the operators' function in the running stack."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from boto3.dynamodb.conditions import Attr

from immersio.sync import store as syncs
from immersio.sync.model import Failure, Sync
from kernel import clock, ids, keys, table
from local import schools
from tests.support.inside import inside
from tests.support.schools import CREATE
from tests.support.workers import Context, function

AVATAR = "https://cdn.example.com/ada.png"


@dataclass(frozen=True)
class School:
    id: int
    slug: str
    owner_id: int
    owner: str
    """A session cookie, as the next."""
    teacher_id: int
    teacher: str


def founded(told: dict[str, Any], *, plan: str = "enterprise", has_team: bool = False, **changes: Any) -> School:
    """A school nobody else knows; its owner is its teacher, unless it has a team."""
    slug = ids.new("school").replace("_", "-")[:40]
    people = [{"name": "Mei Tanaka", "email": f"mei@{slug}.example", "username": "mei", "role": "MEMBER"}]
    request = {
        "name": "Annex",
        "slug": slug,
        "plan": plan,
        "time_zone": "UTC",
        "owner": {"name": "Ada Byron", "email": f"ada@{slug}.example", "username": "ada"},
        "team": people if has_team else [],
        **changes,
    }
    with inside(told["environment"]):
        made = function(CREATE)(request, Context())
    cookies = [schools.cookie(user, told["secrets"]["nextAuth"]) for user in made["users"]]
    first, last = made["users"][0]["id"], made["users"][-1]["id"]
    return School(made["tenant_id"], slug, first, cookies[0], last, cookies[-1])


def with_portrait(told: dict[str, Any], user_id: int) -> None:
    """Cal.com's own pages, which are not ours, are where people upload one."""
    with inside(told["environment"]):
        table.write(table.Update(key=keys.user(user_id), set={"avatar_url": AVATAR}))


def broken(told: dict[str, Any], key: keys.Key, attribute: str) -> None:
    """Somebody has spoilt a row by hand."""
    with inside(told["environment"]):
        table.write(table.Update(key=key, remove=(attribute,), condition=Attr("pk").exists()))


def gone(told: dict[str, Any], key: keys.Key) -> None:
    with inside(told["environment"]):
        table.write(table.Delete(key=key))


def with_history(told: dict[str, Any], school: School, number: int) -> School:
    """So many syncs: the first failed, the last still runs."""
    with inside(told["environment"]):
        for position in range(number):
            table.write(syncs.new_sync(_sync(school, position, number, clock.now())))
    return school


def is_full(told: dict[str, Any], tenant_id: int, sync_id: int) -> bool:
    """Whether a sync reads every course."""
    with inside(told["environment"]):
        found = syncs.load_sync(tenant_id, sync_id)
    assert found
    return found.is_full


def _sync(school: School, position: int, number: int, now: datetime) -> Sync:
    begun = Sync(
        tenant_id=school.id, id=ids.new_number(), is_full=True, started_at=now - timedelta(hours=number - position)
    )
    if position == number - 1:
        return begun
    if position:
        return begun.ended(now)
    return begun.with_errors(Failure(course_id="course_1", error="It was not there")).ended(now, "Nothing was there")
