"""POST /api/v1/public/invites/{token}/accept"""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from immersio.access.model import Role
from kernel import clock, keys, session, table
from tests.support.notices import accept, invite, set_plan, teachers, token, token_of
from tests.support.schools import Schools, result
from tests.support.teams import roles
from tests.support.world import SESSION_SECRET, Reply

ANA = {"email": "ana@example.com", "name": "Ana López"}


def me(schools: Schools, joined: Reply) -> Any:
    return result(schools.call("viewer.me.get", f"{session.SECURE_COOKIE}={joined.json['sessionToken']}"))


def test_who_accepts_is_a_member_and_signed_in_at_once(schools: Schools) -> None:
    joined = accept(token(schools, role="ADMIN"), timeZone="Asia/Tokyo")
    assert joined.status == 201
    user = joined.json["user"]
    assert joined.json.keys() == {"success", "user", "sessionToken"}
    assert joined.json["success"] is True
    assert isinstance(user.pop("id"), int)
    assert user == {
        "email": "jane@example.com",
        "name": "Jane Smith",
        "username": "jane-smith",
        "tenantId": schools.academy.tenant_id,
        "role": "ADMIN",
    }
    told = me(schools, joined)
    assert (told["id"], told["email"], told["timeZone"]) == (
        joined.json["user"]["id"],
        "jane@example.com",
        "Asia/Tokyo",
    )
    assert told["organization"]["role"] == "ADMIN"
    assert teachers(schools.academy.tenant_id) == 4


def test_the_cookie_is_one_that_next_auth_reads(schools: Schools) -> None:
    joined = accept(token(schools))
    found = session.read([f"{session.SECURE_COOKIE}={joined.json['sessionToken']}"], SESSION_SECRET)
    assert found
    assert (found.user_id, found.claims["name"]) == (joined.json["user"]["id"], "Jane Smith")


def test_a_person_may_choose_their_name_and_username(schools: Schools) -> None:
    user = accept(token(schools), name="J. Smith", username="jane").json["user"]
    assert (user["name"], user["username"]) == ("J. Smith", "jane")
    assert me(schools, accept(token(schools, **ANA)))["timeZone"] == "Europe/Berlin", "the school's"


def test_a_link_is_good_for_once(schools: Schools) -> None:
    secret = token(schools)
    assert [accept(secret).status, accept(secret).status] == [201, 404]
    assert teachers(schools.academy.tenant_id) == 4


def test_whatever_is_wrong_with_a_link_the_answer_is_the_same(schools: Schools) -> None:
    """Who tries links learns nothing; that a link has expired is decided when it is read, not by a sweeper."""
    set_plan(schools.academy.tenant_id, "enterprise")
    used, replaced, of_demoted = token(schools), token(schools, **ANA), token_of_admin(schools)
    accept(used)
    token(schools, **ANA)
    demote_admin(schools)
    answers = [accept(one) for one in ("unknown", used, replaced, of_demoted)]
    late = token(schools, email="late@example.com")
    with time_machine.travel(clock.now() + timedelta(days=7)):
        answers.append(accept(late))
    assert {(answer.status, answer.json["code"]) for answer in answers} == {(404, "NOT_FOUND")}
    assert len({answer.body for answer in answers}) == 1


def test_a_link_that_is_replaced_in_the_moment_it_is_used_lets_nobody_in(schools: Schools) -> None:
    secret = token(schools, role="ADMIN")

    def replace(**_: Any) -> None:
        table.client().meta.events.unregister("provide-client-params.dynamodb.TransactWriteItems", replace)
        token(schools, role="MEMBER")

    table.client().meta.events.register("provide-client-params.dynamodb.TransactWriteItems", replace)
    assert accept(secret).status == 404
    assert teachers(schools.academy.tenant_id) == 3


def test_a_link_holds_to_its_last_second(schools: Schools) -> None:
    now = clock.now()
    with time_machine.travel(now, tick=False):
        secret = token(schools)
    with time_machine.travel(now + timedelta(days=7, seconds=-1), tick=False):
        assert accept(secret).status == 201


def test_an_invitation_ends_with_its_inviters_right_to_invite(schools: Schools) -> None:
    """INV-24: an administrator who is no longer one cannot come back, or bring others, by a link they kept."""
    secret, before = token_of_admin(schools), teachers(schools.academy.tenant_id)
    demote_admin(schools)
    assert accept(secret).status == 404
    assert teachers(schools.academy.tenant_id) == before


def test_a_student_of_the_school_becomes_a_teacher_and_stays_who_they_are(schools: Schools) -> None:
    student = schools.academy.users[Role.STUDENT]
    joined = accept(token(schools, email=student["email"], name="Somebody"), name="Else", username="else")
    assert joined.json["user"] | {"role": ""} == {
        "id": student["id"],
        "email": student["email"],
        "name": "Sofia",
        "username": "sofia",
        "tenantId": schools.academy.tenant_id,
        "role": "",
    }
    told = result(schools.call("viewer.me.get", schools.academy.cookie(Role.STUDENT)))
    assert told["organization"]["role"] == "MEMBER"
    assert teachers(schools.academy.tenant_id) == 4
    assert student["id"] in roles(schools)


def test_who_invites_a_student_cannot_become_them(schools: Schools) -> None:
    """INV-24: the inviter is shown the link too; only somebody new is signed in by it."""
    joined = accept(token(schools, email=schools.academy.users[Role.STUDENT]["email"]))
    assert (joined.status, joined.json["sessionToken"]) == (201, None)


def test_a_former_teacher_comes_back_as_the_same_user(schools: Schools) -> None:
    academy, mei = schools.academy, schools.academy.users[Role.MEMBER]
    removed = {"teamIds": [academy.tenant_id], "memberIds": [mei["id"]]}
    assert schools.call("viewer.teams.removeMember", academy.cookie(Role.OWNER), sent=removed).status == 200
    joined = accept(token(schools, email=mei["email"]))
    assert (joined.status, joined.json["user"]["id"], joined.json["user"]["username"]) == (201, mei["id"], "mei")
    assert teachers(academy.tenant_id) == 3


def test_somebody_of_another_school_cannot_join_with_the_same_address(schools: Schools) -> None:
    secret = token(schools, email=schools.studio.users[Role.OWNER]["email"])
    before = schools.rows()
    reply = accept(secret)
    assert (reply.status, reply.json["code"]) == (409, "CONFLICT")
    assert "sessionToken" not in reply.json
    assert schools.rows() == before


def test_who_became_a_member_meanwhile_is_told_to_sign_in(schools: Schools) -> None:
    academy, student = schools.academy, schools.academy.users[Role.STUDENT]
    secret = token(schools, email=student["email"])
    table.write(table.Update(key=keys.membership(academy.tenant_id, student["id"]), set={"role": "MEMBER"}))
    assert (accept(secret).status, teachers(academy.tenant_id)) == (409, 3)


def test_a_locked_user_stays_out(schools: Schools) -> None:
    student = schools.academy.users[Role.STUDENT]
    table.write(table.Update(key=keys.user(student["id"]), set={"is_locked": True}))
    assert accept(token(schools, email=student["email"])).status == 403


def test_who_has_the_name_of_a_colleague_gets_the_next_free_username(schools: Schools) -> None:
    made = [accept(token(schools, email=f"jane{n}@example.com")).json["user"]["username"] for n in range(2)]
    assert made == ["jane-smith", "jane-smith-2"]


def test_a_name_that_very_many_have_finds_a_free_username_still(schools: Schools) -> None:
    academy = schools.academy.tenant_id
    for name in ("jane-smith", *(f"jane-smith-{n}" for n in range(2, 50))):
        table.write(table.Put(item={**keys.username(academy, name)._asdict(), "entity": "username", "user_id": 1}))
    assert accept(token(schools)).json["user"]["username"] == "jane-smith-50"


@pytest.mark.parametrize(
    ("name", "username"),
    [("Αθηνά", "athina"), ("王 小明", "wang-xiaoming"), ("Admin", "teacher-admin"), ("...", "teacher")],
)
def test_a_username_is_made_of_a_name_in_any_script(schools: Schools, name: str, username: str) -> None:
    assert accept(token(schools), name=name).json["user"]["username"] == username


def test_a_username_is_unique_in_its_school_only(schools: Schools) -> None:
    assert accept(token(schools), username="oscar").status == 201, "the studio's owner is another oscar"


@pytest.mark.parametrize("username", ["mei", "olga", "sofia"])
def test_a_chosen_username_that_somebody_has_is_refused(schools: Schools, username: str) -> None:
    secret = token(schools)
    before = schools.rows()
    reply = accept(secret, username=username)
    assert (reply.status, reply.json["code"]) == (409, "CONFLICT")
    assert "username" in reply.json["error"]
    assert schools.rows() == before
    assert accept(secret, username=f"{username}-2").status == 201, "the link is still good"


@pytest.mark.parametrize(
    ("body", "field", "rule"),
    [
        ({"username": "Jane Smith"}, "username", "small letters"),
        ({"username": "invites"}, "username", "choose another"),
        ({"username": "x" * 64}, "username", "1 to 63"),
        ({"timeZone": "Mars/Olympus"}, "timeZone", "Europe/Berlin"),
        ({"name": ""}, "name", "at least 1"),
        ({"role": "OWNER"}, "role", "leave it out"),
    ],
)
def test_a_mistake_is_named_and_the_link_stays_good(
    schools: Schools, body: dict[str, Any], field: str, rule: str
) -> None:
    secret = token(schools)
    reply = accept(secret, **body)
    assert (reply.status, reply.json["code"]) == (400, "VALIDATION_ERROR")
    (detail,) = reply.json["details"]
    assert (detail["field"], rule in detail["message"]) == (field, True)
    assert accept(secret).status == 201


def test_an_invitation_without_a_name_asks_for_one(schools: Schools) -> None:
    secret = token(schools, name="")
    assert accept(secret).json["details"][0]["field"] == "name"
    assert accept(secret, name="Jane").status == 201


def test_a_plan_that_is_full_by_now_lets_nobody_in(schools: Schools) -> None:
    """INV-07: what was free when somebody was invited is taken when they accept."""
    secret = token(schools)
    set_plan(schools.academy.tenant_id, "starter")
    before = schools.rows()
    reply = accept(secret)
    assert (reply.status, reply.json["code"]) == (403, "FORBIDDEN")
    assert reply.json["error"].startswith("The school's plan has no room for another teacher; ask the school")
    assert reply.json["details"] == {"plan": "starter", "limit": 2, "of": "teachers"}
    assert schools.rows() == before
    set_plan(schools.academy.tenant_id, "growth")
    assert accept(secret).status == 201


def test_a_public_endpoint_is_limited_by_address(schools: Schools) -> None:
    assert [accept("unknown").status for _ in range(101)].count(429) == 1


def token_of_admin(schools: Schools) -> str:
    reply = invite(schools, Role.ADMIN, email="friend@example.com")
    return token_of(result(reply)["inviteLink"])


def demote_admin(schools: Schools) -> None:
    academy = schools.academy
    change = {"teamId": academy.tenant_id, "memberId": academy.users[Role.ADMIN]["id"], "role": "MEMBER"}
    assert schools.call("viewer.teams.changeMemberRole", academy.cookie(Role.OWNER), sent=change).status == 200
