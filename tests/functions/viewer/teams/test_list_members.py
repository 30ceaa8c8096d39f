"""viewer.teams.listMembers"""

from typing import Any

import pytest

from immersio.access.model import Role
from kernel import table
from tests.support.schools import Schools, error, gone
from tests.support.teams import join, members


def test_a_member_is_told_in_cal_coms_shape(schools: Schools) -> None:
    academy = schools.academy
    told = members(schools, teamId=academy.tenant_id)
    assert told.keys() == {"members", "meta"}, "no nextCursor on the last page"
    assert told["meta"] == {"totalRowCount": 3}
    (akira,) = [member for member in told["members"] if member["username"] == "akira"]
    assert akira == {
        "id": academy.users[Role.ADMIN]["id"],
        "name": "Akira Sato",
        "username": "akira",
        "email": "akira@language-academy.example",
        "avatarUrl": None,
        "bio": None,
        "role": "ADMIN",
        "accepted": True,
        "teamId": academy.tenant_id,
        "organizationId": academy.tenant_id,
        "organization": {"id": academy.tenant_id, "name": "Language Academy", "slug": "language-academy"},
        "bookerUrl": "https://language-academy.booking.immersio.com",
        "disableImpersonation": True,
        "lastActiveAt": None,
    }


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.MEMBER])
def test_all_of_the_staff_and_no_student_are_listed_to_each_of_them(schools: Schools, role: Role) -> None:
    listed = {member["id"] for member in members(schools, role)["members"]}
    assert listed == {schools.academy.users[one]["id"] for one in (Role.OWNER, Role.ADMIN, Role.MEMBER)}


def test_page_after_page_shows_everybody_once_in_the_order_of_their_ids(schools: Schools) -> None:
    there = [member["id"] for member in members(schools)["members"]]
    there += [join(schools.academy, f"teacher{number}")["id"] for number in range(9)]
    found: list[list[int]] = []
    sent: dict[str, Any] = {"limit": 5}
    while True:
        page = members(schools, **sent)
        found.append([member["id"] for member in page["members"]])
        assert page["meta"]["totalRowCount"] == 12
        if "nextCursor" not in page:
            break
        sent = {"limit": 5, "cursor": page["nextCursor"]}
    assert [len(page) for page in found] == [5, 5, 2]
    assert [one for page in found for one in page] == there


def test_a_null_cursor_is_the_first_page_and_ten_are_a_page(schools: Schools) -> None:
    for number in range(9):
        join(schools.academy, f"teacher{number}")
    assert len(members(schools, cursor=None)["members"]) == 10


def test_a_page_reads_no_more_of_a_large_team_than_of_a_small_one(
    schools: Schools, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def count(parsed: dict[str, Any], **_: Any) -> None:
        read.append(parsed.get("ScannedCount", 0) + len(parsed.get("Responses", {}).get("booking", [])))

    def costs() -> int:
        read.clear()
        members(schools, limit=2)
        return sum(read)

    table.client().meta.events.register("after-call.dynamodb", count)
    small = costs()
    for number in range(9):
        join(schools.academy, f"teacher{number}")
        join(schools.academy, f"student{number}", Role.STUDENT)
    assert costs() == small > 0


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("TANAKA", ["mei"]),
        ("aki", ["akira"]),
        ("language-academy.example", ["akira", "mei", "olga"]),
        (" ", ["akira", "mei", "olga"]),
        ("sofia", []),
    ],
)
def test_a_search_finds_by_name_username_and_address(schools: Schools, term: str, found: list[str]) -> None:
    told = members(schools, searchTerm=term)
    assert sorted(member["username"] for member in told["members"]) == found
    assert told["meta"]["totalRowCount"] == len(found)


def test_a_search_has_pages_too(schools: Schools) -> None:
    first = members(schools, searchTerm="example", limit=2)
    second = members(schools, searchTerm="example", limit=2, cursor=first["nextCursor"])
    assert [len(page["members"]) for page in (first, second)] == [2, 1]
    names = {member["username"] for page in (first, second) for member in page["members"]}
    assert names == {"olga", "akira", "mei"}
    assert first["meta"] == second["meta"] == {"totalRowCount": 3}


@pytest.mark.parametrize("sent", [{"limit": 0}, {"limit": 101}, {"limit": "10"}, {"cursor": 0.5}, {"searchTerm": 1}])
def test_a_mistake_is_named(schools: Schools, sent: dict[str, Any]) -> None:
    reply = schools.call("viewer.teams.listMembers", schools.academy.cookie(Role.OWNER), sent={"teamId": 1, **sent})
    assert (reply.status, list(error(reply)["zodError"]["fieldErrors"])) == (400, list(sent))


def test_the_team_of_another_school_is_not_there(schools: Schools) -> None:
    """INV-23"""
    reply = schools.call(
        "viewer.teams.listMembers", schools.academy.cookie(Role.OWNER), sent={"teamId": schools.studio.tenant_id}
    )
    assert (reply.status, error(reply)["appCode"]) == (404, "NOT_FOUND")


def test_a_school_that_is_gone_is_not_found(schools: Schools) -> None:
    gone(schools.academy)
    reply = schools.call(
        "viewer.teams.listMembers", schools.academy.cookie(Role.OWNER), sent={"teamId": schools.academy.tenant_id}
    )
    assert (reply.status, error(reply)["appCode"]) == (404, "TENANT_NOT_FOUND")
