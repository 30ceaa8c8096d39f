"""viewer.teams.get"""

import pytest

from immersio.access.model import Role
from tests.support.schools import Schools, error, gone, result


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.MEMBER])
def test_the_school_is_a_team_in_cal_coms_shape(schools: Schools, role: Role) -> None:
    sent = {"teamId": schools.academy.tenant_id, "isOrg": True}
    assert result(schools.call("viewer.teams.get", schools.academy.cookie(role), sent=sent)) == {
        "id": schools.academy.tenant_id,
        "name": "Language Academy",
        "slug": "language-academy",
        "logoUrl": "https://cdn.example.com/language-academy.png",
        "bio": None,
        "safeBio": "",
        "isOrganization": True,
        "isPrivate": False,
        "parentId": None,
        "metadata": {},
        "membership": {"role": role.value, "accepted": True},
    }


@pytest.mark.parametrize("name", ["teams.get", "viewer.teams.get"])
def test_it_is_found_by_either_name(schools: Schools, name: str) -> None:
    reply = schools.call(name, schools.academy.cookie(Role.MEMBER), sent=own(schools), by="procedures")
    assert result(reply)["id"] == schools.academy.tenant_id


def test_cal_coms_layout_finds_it_too(schools: Schools) -> None:
    reply = schools.call("teams/get", schools.academy.cookie(Role.MEMBER), sent=own(schools), by="procedures")
    assert result(reply)["slug"] == "language-academy"


def test_another_school_is_not_there(schools: Schools) -> None:
    """INV-23"""
    cookie = schools.academy.cookie(Role.OWNER)
    answers = [
        schools.call("viewer.teams.get", cookie, sent={"teamId": team_id})
        for team_id in (schools.studio.tenant_id, 4711, -1)
    ]
    assert {(answer.status, error(answer)["appCode"]) for answer in answers} == {(404, "NOT_FOUND")}
    assert len({answer.body for answer in answers}) == 1


def test_students_do_not_read_it(schools: Schools) -> None:
    assert schools.call("viewer.teams.get", schools.academy.cookie(Role.STUDENT), sent=own(schools)).status == 403


def test_a_school_that_is_gone_is_not_found(schools: Schools) -> None:
    gone(schools.studio)
    reply = schools.call(
        "viewer.teams.get", schools.studio.cookie(Role.OWNER), sent={"teamId": schools.studio.tenant_id}
    )
    assert error(reply)["appCode"] == "TENANT_NOT_FOUND"


def own(schools: Schools) -> dict[str, int]:
    return {"teamId": schools.academy.tenant_id}
