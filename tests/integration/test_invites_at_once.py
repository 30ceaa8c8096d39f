"""Many accept invitations in the same moment: real threads, on the running stack's MiniStack."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from boto3.dynamodb.conditions import Key

from immersio.access.model import Role
from kernel import ids, keys, table
from local import schools
from tests.support.chatbot import all_at_once
from tests.support.inside import inside
from tests.support.local_stack import LocalStack
from tests.support.notices import accept, set_plan, teachers, token_of
from tests.support.schools import CREATE, School, Schools, result
from tests.support.sink import Sink
from tests.support.workers import Context, function
from tests.support.world import Reply

INVITED = 10
ALWAYS_TRUE = "attribute_not_exists(no_such_attribute)"


@pytest.fixture
def school(stack: LocalStack) -> Iterator[School]:
    """A new school with its owner, whose plan knows no limit yet."""
    with inside(stack.description["environment"]):
        slug = ids.new("crowd").replace("_", "-")
        owner = {"name": "Kei", "email": f"kei@{slug}.example", "username": "kei"}
        request = {"name": "Crowd", "slug": slug, "plan": "enterprise", "time_zone": "UTC", "owner": owner}
        created = function(CREATE)(request, Context())
        yield School(created["tenant_id"], slug, "", {Role.OWNER: created["users"][0]}, None)


@pytest.fixture
def tokens(stack: LocalStack, school: School) -> list[str]:
    """Of invitations that are all open."""
    return [_invited(stack, school, f"guest-{number}") for number in range(INVITED)]


def test_of_many_who_accept_at_the_last_place_exactly_one_is_let_in(school: School, tokens: list[str]) -> None:
    """INV-07"""
    set_plan(school.tenant_id, "starter")
    assert _accepted_together(tokens, guarded=True) == {(201, None): 1, (403, "FORBIDDEN"): INVITED - 1}
    assert teachers(school.tenant_id) == len(_memberships(school)) == 2


def test_without_its_condition_the_same_plan_is_exceeded(school: School, tokens: list[str]) -> None:
    """INV-03, for places: the control. If this does not exceed the plan, the test above proves nothing."""
    set_plan(school.tenant_id, "starter")
    assert _accepted_together(tokens, guarded=False)[201, None] > 1


def test_without_a_limit_all_are_let_in(school: School, tokens: list[str]) -> None:
    """INV-07: -1 is unlimited; INV-05: whoever lost a race of transactions came in all the same."""
    assert _accepted_together(tokens, guarded=True) == {(201, None): INVITED}
    assert teachers(school.tenant_id) == len(_memberships(school)) == INVITED + 1


def test_one_link_opened_many_times_at_once_lets_one_in(stack: LocalStack, school: School) -> None:
    token = _invited(stack, school, "double-click")
    assert _accepted_together([token] * INVITED, guarded=True) == {(201, None): 1, (404, "NOT_FOUND"): INVITED - 1}
    assert teachers(school.tenant_id) == len(_memberships(school)) == 2


def test_people_of_one_name_who_come_at_once_get_usernames_of_their_own(school: School, tokens: list[str]) -> None:
    answers = _writing_together(INVITED, lambda number: accept(tokens[number], name="Jane Smith"))
    names = {answer.json["user"]["username"] for answer in answers}
    assert names == {"jane-smith", *(f"jane-smith-{number}" for number in range(2, INVITED + 1))}


def test_of_two_owners_who_step_down_at_once_one_stays(stack: LocalStack, school: School) -> None:
    first = school.users[Role.OWNER]
    second = accept(_invited(stack, school, "second", role="ADMIN")).json["user"]
    assert _give_role(stack, school, first, second, "OWNER") == 200
    owners = (first, second)
    answers = _writing_together(2, lambda one: _give_role(stack, school, owners[one], owners[one], "MEMBER"))
    assert sorted(answers) == [200, 409]
    assert [membership["role"] for membership in _memberships(school)].count("OWNER") == 1


def _invited(stack: LocalStack, school: School, name: str, role: str = "MEMBER") -> str:
    sent = {"email": f"{name}@{school.slug}.example", "name": name, "role": role}
    reply = _call(stack, school, school.users[Role.OWNER], "immersio.tenant.inviteTeacher", sent)
    return token_of(result(reply)["inviteLink"])


def _give_role(stack: LocalStack, school: School, by: dict[str, Any], whom: dict[str, Any], role: str) -> int:
    sent = {"teamId": school.tenant_id, "memberId": whom["id"], "role": role}
    return _call(stack, school, by, "viewer.teams.changeMemberRole", sent).status


def _call(stack: LocalStack, school: School, by: dict[str, Any], name: str, sent: dict[str, Any]) -> Reply:
    cookie = schools.cookie(by, stack.description["secrets"]["nextAuth"])
    return Schools(school, school, Sink()).call(name, cookie, sent=sent)


def _accepted_together(tokens: list[str], *, guarded: bool) -> Counter[tuple[int, str | None]]:
    answers = _writing_together(len(tokens), lambda one: accept(tokens[one]), guarded=guarded)
    return Counter((answer.status, answer.json.get("code")) for answer in answers)


def _writing_together(number: int, act: Callable[[int], Any], *, guarded: bool = True) -> list[Any]:
    """Act from a thread each; each one's first write waits until all have looked and are about to write."""
    together, waited = threading.Barrier(number), threading.local()

    def before_the_write(params: dict[str, Any], **_: Any) -> None:
        if not hasattr(waited, "once"):
            waited.once = True
            together.wait(120)
        for action in [] if guarded else params["TransactItems"]:
            if action.get("Update", {}).get("Key", {}).get("sk", {}).get("S") == "USAGE":
                action["Update"]["ConditionExpression"] += f" OR {ALWAYS_TRUE}"

    event = "provide-client-params.dynamodb.TransactWriteItems"
    table.client().meta.events.register(event, before_the_write)
    answers = all_at_once(number, act)
    table.client().meta.events.unregister(event, before_the_write)
    return answers


def _memberships(school: School) -> list[dict[str, Any]]:
    mine = Key("pk").eq(keys.tenant(school.tenant_id).pk)
    return [row for row in table.query(mine) if row["entity"] == "membership"]
