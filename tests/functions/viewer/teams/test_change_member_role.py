"""viewer.teams.changeMemberRole"""

from typing import Any

import pytest

from immersio.access.model import Role
from kernel import keys, table
from tests.support.notices import teachers
from tests.support.schools import Schools, error, result
from tests.support.teams import join, members, roles
from tests.support.world import Reply

OWNER, ADMIN, MEMBER = Role.OWNER, Role.ADMIN, Role.MEMBER


def change(schools: Schools, by: Role, member_id: int, role: str, **changes: Any) -> Reply:
    sent = {"teamId": schools.academy.tenant_id, "memberId": member_id, "role": role, **changes}
    return schools.call("viewer.teams.changeMemberRole", schools.academy.cookie(by), sent=sent)


def of(schools: Schools, role: Role) -> int:
    return int(schools.academy.users[role]["id"])


def test_the_changed_membership_is_told_in_cal_coms_shape(schools: Schools) -> None:
    mei = of(schools, MEMBER)
    told = result(change(schools, OWNER, mei, "ADMIN"))
    assert told.pop("createdAt").tzinfo is not None
    assert told == {
        "id": mei,
        "teamId": schools.academy.tenant_id,
        "userId": mei,
        "role": "ADMIN",
        "accepted": True,
        "disableImpersonation": True,
        "user": {"id": mei, "name": "Mei Tanaka", "username": "mei", "email": "mei@language-academy.example"},
    }
    assert roles(schools)[mei] == "ADMIN"


def test_the_new_role_holds_from_the_next_request_on(schools: Schools) -> None:
    """INV-24"""
    invited = {"email": "jane@example.com"}
    assert schools.call("immersio.tenant.inviteTeacher", schools.academy.cookie(MEMBER), sent=invited).status == 403
    change(schools, OWNER, of(schools, MEMBER), "ADMIN")
    assert schools.call("immersio.tenant.inviteTeacher", schools.academy.cookie(MEMBER), sent=invited).status == 200


@pytest.mark.parametrize(
    ("by", "whom", "role", "status"),
    [
        (OWNER, MEMBER, "OWNER", 200),
        (OWNER, ADMIN, "MEMBER", 200),
        (OWNER, MEMBER, "MEMBER", 200),
        (OWNER, OWNER, "ADMIN", 409),
        (ADMIN, ADMIN, "MEMBER", 200),
        (ADMIN, MEMBER, "ADMIN", 403),
        (ADMIN, MEMBER, "OWNER", 403),
        (ADMIN, OWNER, "MEMBER", 403),
        (ADMIN, ADMIN, "OWNER", 403),
        (MEMBER, MEMBER, "ADMIN", 403),
    ],
)
def test_nobody_gives_or_takes_a_role_above_what_they_may(
    schools: Schools, by: Role, whom: Role, role: str, status: int
) -> None:
    before = schools.rows()
    assert change(schools, by, of(schools, whom), role).status == status
    assert teachers(schools.academy.tenant_id) == 3
    if status != 200:
        assert schools.rows() == before


def test_the_last_owner_stays_one_until_there_is_another(schools: Schools) -> None:
    owner = of(schools, OWNER)
    reply = change(schools, OWNER, owner, "MEMBER")
    assert (reply.status, error(reply)["appCode"]) == (409, "CONFLICT")
    join(schools.academy, "otto", OWNER)
    assert change(schools, OWNER, owner, "MEMBER").status == 200
    assert list(roles_by(schools, ADMIN)).count("OWNER") == 1


def test_one_of_another_school_a_student_and_nobody_are_all_not_there(schools: Schools) -> None:
    """INV-23"""
    before = schools.rows()
    others = (int(schools.studio.users[OWNER]["id"]), of(schools, Role.STUDENT), 4711)
    answers = [change(schools, OWNER, other, "MEMBER") for other in others]
    assert {(answer.status, error(answer)["appCode"]) for answer in answers} == {(404, "NOT_FOUND")}
    assert len({answer.body for answer in answers}) == 1
    assert schools.rows() == before


@pytest.mark.parametrize("role", ["STUDENT", "member", "", None, 1])
def test_a_role_that_staff_cannot_have_is_refused(schools: Schools, role: Any) -> None:
    reply = change(schools, OWNER, of(schools, MEMBER), role)
    assert (reply.status, error(reply)["zodError"]["fieldErrors"]) == (
        400,
        {"role": ["must be one of 'OWNER', 'ADMIN' or 'MEMBER'"]},
    )


def test_what_changed_since_it_was_read_is_a_conflict(schools: Schools) -> None:
    """INV-24: the caller stops being an owner between their request's check and its write."""
    owner, mei = of(schools, OWNER), of(schools, MEMBER)
    own = keys.membership(schools.academy.tenant_id, owner)

    def demote(**_: Any) -> None:
        table.client().meta.events.unregister("provide-client-params.dynamodb.TransactWriteItems", demote)
        table.write(table.Update(key=own, set={"role": "MEMBER"}))

    table.client().meta.events.register("provide-client-params.dynamodb.TransactWriteItems", demote)
    reply = change(schools, OWNER, mei, "OWNER")
    assert (reply.status, error(reply)["appCode"]) == (409, "CONFLICT")
    membership = table.get(keys.membership(schools.academy.tenant_id, mei))
    assert membership
    assert membership["role"] == "MEMBER"


def test_who_stops_being_an_owner_in_the_moment_they_ask_does_not_make_themselves_one_again(schools: Schools) -> None:
    """INV-24: the caller was an owner when their request was let in, and a teacher when their own row was read."""
    owner = of(schools, OWNER)
    join(schools.academy, "otto", OWNER)
    own = keys.membership(schools.academy.tenant_id, owner)

    def demote(**_: Any) -> None:
        table.client().meta.events.unregister("provide-client-params.dynamodb.BatchGetItem", demote)
        table.write(table.Update(key=own, set={"role": "MEMBER"}))

    table.client().meta.events.register("provide-client-params.dynamodb.BatchGetItem", demote)
    reply = change(schools, OWNER, owner, "OWNER")
    assert (reply.status, error(reply)["appCode"]) == (409, "CONFLICT")
    membership = table.get(own)
    assert membership
    assert membership["role"] == "MEMBER"


def roles_by(schools: Schools, role: Role) -> list[str]:
    return [member["role"] for member in members(schools, role)["members"]]
