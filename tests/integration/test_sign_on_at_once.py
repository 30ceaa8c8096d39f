"""Many sign in by Immersio in the same moment: real threads, on the running stack's MiniStack."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from boto3.dynamodb.conditions import Key

from immersio.access.model import Role
from kernel import ids, keys, table
from tests.support.chatbot import all_at_once
from tests.support.inside import inside
from tests.support.local_stack import LocalStack
from tests.support.notices import set_plan, teachers
from tests.support.schools import CREATE, School
from tests.support.sign_on import Answered, call_back, shared
from tests.support.workers import Context, function

AT_ONCE = 20


@pytest.fixture
def school(stack: LocalStack) -> Iterator[School]:
    """A new school with its owner, and an organisation of its own."""
    with inside(stack.description["environment"]):
        slug = ids.new("signon").replace("_", "-")
        owner = {"name": "Kei", "email": f"kei@{slug}.example", "username": "kei"}
        request = {"name": "Sign-on", "slug": slug, "plan": "enterprise", "time_zone": "UTC", "owner": owner}
        created = function(CREATE)({**request, "immersio_org_id": (org_id := f"org_{slug}")}, Context())
        yield School(created["tenant_id"], slug, org_id, {Role.OWNER: created["users"][0]}, None)


@pytest.fixture
def signed(stack: LocalStack, school: School) -> Callable[..., str]:
    def sign(name: str, **claims: Any) -> str:
        who = {"sub": f"user_{name}", "email": f"{name}@{school.slug}.example", "name": name.title()}
        secret = stack.description["secrets"]["sso"]
        return shared(secret, **{**who, "orgId": f"org_{school.slug}", "jti": ids.new("jti"), **claims})

    return sign


def test_one_token_used_many_times_at_once_makes_one_session(school: School, signed: Callable[..., str]) -> None:
    """INV-24"""
    token = signed("ada")
    outcomes = _outcomes(_together(school, [token] * AT_ONCE))
    assert outcomes == {(200, None): 1, (401, "INVALID_TOKEN"): AT_ONCE - 1}
    assert len(_rows(school, "membership")) == 2


def test_without_its_condition_the_same_token_makes_more(school: School, signed: Callable[..., str]) -> None:
    """INV-03, for tokens: the control. If this does not make several sessions, the test above proves nothing."""
    first, token = signed("ada"), signed("ada")
    assert call_back(first, "/", ip=school.slug).status == 200
    assert _outcomes(_together(school, [token] * AT_ONCE, guarded=False))[200, None] > 1


def test_one_person_in_many_windows_is_one_user(school: School, signed: Callable[..., str]) -> None:
    """INV-05: whoever lost a race of transactions is signed in all the same, as the same user."""
    tokens = [signed("ada", role="teacher") for _ in range(AT_ONCE)]
    answers = _together(school, tokens)
    assert _outcomes(answers) == {(200, None): AT_ONCE}
    assert len({answer.json["user"]["id"] for answer in answers}) == 1
    assert teachers(school.tenant_id) == len(_rows(school, "membership")) == 2


def test_of_many_new_teachers_at_the_last_place_exactly_one_gets_it(school: School, signed: Callable[..., str]) -> None:
    """INV-07"""
    set_plan(school.tenant_id, "starter")
    tokens = [signed(f"teacher-{number}", role="teacher") for number in range(AT_ONCE)]
    outcomes = _outcomes(_together(school, tokens))
    assert outcomes == {(200, None): 1, (403, "FORBIDDEN"): AT_ONCE - 1}
    assert teachers(school.tenant_id) == len(_rows(school, "membership")) == 2


def _outcomes(answers: list[Answered]) -> Counter[tuple[int, str | None]]:
    return Counter((answer.status, answer.json.get("code")) for answer in answers)


def _together(school: School, tokens: list[str], *, guarded: bool = True) -> list[Answered]:
    """Come back with these from a thread each; each one's first write waits until all are about to write."""
    together, waited = threading.Barrier(AT_ONCE), threading.local()

    def before_the_write(params: dict[str, Any], **_: Any) -> None:
        if not hasattr(waited, "once"):
            waited.once = True
            together.wait(120)
        for action in [] if guarded else params["TransactItems"]:
            if action.get("Put", {}).get("Item", {}).get("entity", {}).get("S") == "signon_token":
                del action["Put"]["ConditionExpression"]
                for names in ("ExpressionAttributeNames", "ExpressionAttributeValues"):
                    action["Put"].pop(names, None)

    event = "provide-client-params.dynamodb.TransactWriteItems"
    table.client().meta.events.register(event, before_the_write)
    answers = all_at_once(len(tokens), lambda one: call_back(tokens[one], "/", ip=school.slug))
    table.client().meta.events.unregister(event, before_the_write)
    return answers


def _rows(school: School, entity: str) -> list[dict[str, Any]]:
    mine = Key("pk").eq(keys.tenant(school.tenant_id).pk)
    return [row for row in table.query(mine) if row["entity"] == entity]
