"""viewer.teams.removeMember"""

from typing import Any

import pytest

from immersio.access.model import Role
from kernel import keys, table
from tests.support.notices import teachers
from tests.support.schools import Schools, error
from tests.support.teams import join, roles
from tests.support.world import Reply


def remove(schools: Schools, by: Role, *member_ids: int, **changes: Any) -> Reply:
    sent = {"teamIds": [schools.academy.tenant_id], "memberIds": list(member_ids), **changes}
    return schools.call("viewer.teams.removeMember", schools.academy.cookie(by), sent=sent)


def of(schools: Schools, role: Role) -> int:
    return int(schools.academy.users[role]["id"])


def test_who_is_removed_is_out_at_once_and_their_place_is_free(schools: Schools) -> None:
    """INV-24"""
    mei, cookie = of(schools, Role.MEMBER), schools.academy.cookie(Role.MEMBER)
    assert schools.call("immersio.tenant.get", cookie).status == 200
    reply = remove(schools, Role.ADMIN, mei, isOrg=True)
    assert (reply.status, reply.json) == (200, {"result": {"data": {"json": None, "meta": {"values": ["undefined"]}}}})
    assert schools.call("immersio.tenant.get", cookie).status == 403
    assert mei not in roles(schools)
    assert teachers(schools.academy.tenant_id) == 2


def test_their_name_address_and_schedules_stay(schools: Schools) -> None:
    """What they taught still takes place as it was, shows who taught it, and nobody else gets the address."""
    mei, tenant_id = of(schools, Role.MEMBER), schools.academy.tenant_id
    for name in ("Mornings", "Evenings"):
        made = schools.call(
            "viewer.availability.schedule.create", schools.academy.cookie(Role.MEMBER), sent={"name": name}
        )
        assert made.status == 200
    assert remove(schools, Role.OWNER, mei).status == 200
    kept = [row for row in schools.rows() if row["pk"] == keys.member(tenant_id, mei)]
    assert len([row for row in kept if row["entity"] == "schedule"]) == 3
    assert table.get(keys.user(mei)) is not None
    assert table.get(keys.username(tenant_id, "mei")) is not None


def test_several_are_removed_at_once(schools: Schools) -> None:
    more = [join(schools.academy, name)["id"] for name in ("ada", "bob")]
    assert remove(schools, Role.OWNER, *more, of(schools, Role.ADMIN), more[0]).status == 200
    assert set(roles(schools)) == {of(schools, Role.OWNER), of(schools, Role.MEMBER)}
    assert teachers(schools.academy.tenant_id) == 2


def test_one_who_is_not_there_keeps_all_the_others(schools: Schools) -> None:
    """INV-23: of another school, a student, or nobody: all the same."""
    before = schools.rows()
    others = (schools.studio.users[Role.OWNER]["id"], of(schools, Role.STUDENT), 4711)
    answers = [remove(schools, Role.OWNER, of(schools, Role.MEMBER), int(other)) for other in others]
    assert {(answer.status, error(answer)["appCode"]) for answer in answers} == {(404, "NOT_FOUND")}
    assert len({answer.body for answer in answers}) == 1
    assert schools.rows() == before


def test_a_team_of_another_school_is_not_there(schools: Schools) -> None:
    """INV-23"""
    before = schools.rows()
    studio = schools.studio.tenant_id
    for teams in ([studio], [schools.academy.tenant_id, studio]):
        reply = remove(schools, Role.OWNER, int(schools.studio.users[Role.OWNER]["id"]), teamIds=teams)
        assert reply.status == 404
    assert schools.rows() == before


def test_only_an_owner_removes_an_owner(schools: Schools) -> None:
    other = join(schools.academy, "otto", Role.OWNER)["id"]
    reply = remove(schools, Role.ADMIN, of(schools, Role.MEMBER), other)
    assert (reply.status, error(reply)["appCode"]) == (403, "FORBIDDEN")
    assert of(schools, Role.MEMBER) in roles(schools)
    assert remove(schools, Role.OWNER, other).status == 200


def test_teachers_remove_nobody(schools: Schools) -> None:
    assert remove(schools, Role.MEMBER, of(schools, Role.ADMIN)).status == 403


def test_the_last_owner_stays(schools: Schools) -> None:
    owner = of(schools, Role.OWNER)
    before = schools.rows()
    reply = remove(schools, Role.OWNER, owner)
    assert (reply.status, error(reply)["appCode"]) == (409, "CONFLICT")
    assert schools.rows() == before
    join(schools.academy, "otto", Role.OWNER)
    assert remove(schools, Role.OWNER, owner).status == 200


def test_who_removes_themselves_with_others_goes_last(schools: Schools) -> None:
    akira, mei = of(schools, Role.ADMIN), of(schools, Role.MEMBER)
    assert remove(schools, Role.ADMIN, akira, mei).status == 200
    assert set(roles(schools)) == {of(schools, Role.OWNER)}


@pytest.mark.parametrize("changes", [{"teamIds": []}, {"memberIds": []}, {"memberIds": ["1"]}])
def test_a_mistake_is_named(schools: Schools, changes: dict[str, Any]) -> None:
    reply = remove(schools, Role.OWNER, of(schools, Role.MEMBER), **changes)
    assert (reply.status, list(error(reply)["zodError"]["fieldErrors"])) == (400, list(changes))


def test_the_last_owner_stays_and_so_do_all_who_were_to_go_with_them(schools: Schools) -> None:
    before = schools.rows()
    reply = remove(schools, Role.OWNER, of(schools, Role.MEMBER), of(schools, Role.OWNER))
    assert (reply.status, error(reply)["appCode"]) == (409, "CONFLICT")
    assert schools.rows() == before


def test_all_owners_at_once_cannot_leave(schools: Schools) -> None:
    """Each alone would leave another one."""
    other = join(schools.academy, "otto", Role.OWNER)["id"]
    before = schools.rows()
    assert remove(schools, Role.OWNER, of(schools, Role.OWNER), other).status == 409
    assert schools.rows() == before
    third = join(schools.academy, "oda", Role.OWNER)["id"]
    assert remove(schools, Role.OWNER, of(schools, Role.OWNER), other).status == 200
    assert roles(schools, Role.MEMBER)[third] == "OWNER"
