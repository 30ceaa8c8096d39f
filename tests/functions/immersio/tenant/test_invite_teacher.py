"""immersio.tenant.inviteTeacher"""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from immersio.access.model import Role
from kernel import clock, ids, table
from tests.support import notices
from tests.support.notices import accept, delivered, invite, link_in, set_plan, token, token_of
from tests.support.schools import Schools, error, gone, result


def test_who_is_invited_gets_the_link_that_the_inviter_is_told(schools: Schools) -> None:
    told = result(invite(schools))
    assert told["success"] is True
    assert isinstance(told["inviteId"], int)
    assert told["inviteLink"].startswith("https://booking.immersio.com/invites/invite_")
    (mail,) = delivered(schools)
    assert mail["To"] == "jane@example.com"
    assert link_in(mail) == told["inviteLink"]


def test_an_email_is_enough_and_an_empty_name_is_none(schools: Schools) -> None:
    for sent in ({"email": "one@example.com"}, {"email": "two@example.com", "name": ""}):
        reply = schools.call("immersio.tenant.inviteTeacher", schools.academy.cookie(Role.OWNER), sent=sent)
        assert reply.status == 200
        assert accept(token_of(result(reply)["inviteLink"]), name="Jo").json["user"]["role"] == "MEMBER"


def test_the_token_is_kept_nowhere_but_as_a_fingerprint(schools: Schools, caplog: pytest.LogCaptureFixture) -> None:
    """INV-26: neither in a row, the outbox's included, nor in a log, before and after the e-mail left."""
    secret = token(schools)
    assert len(delivered(schools)) == 1
    assert secret not in str(schools.rows())
    assert ids.fingerprint(secret) in str(schools.rows())
    assert secret not in caplog.text


@pytest.mark.parametrize(
    ("by", "role", "status"),
    [
        (Role.OWNER, "ADMIN", 200),
        (Role.OWNER, "MEMBER", 200),
        (Role.ADMIN, "MEMBER", 200),
        (Role.ADMIN, "ADMIN", 403),
        (Role.MEMBER, "MEMBER", 403),
        (Role.STUDENT, "MEMBER", 403),
        (Role.OWNER, "OWNER", 400),
        (Role.OWNER, "STUDENT", 400),
    ],
)
def test_owners_invite_anybody_administrators_only_teachers(schools: Schools, by: Role, role: str, status: int) -> None:
    before = schools.rows()
    assert invite(schools, by, role=role).status == status
    assert (schools.rows() == before) is (status != 200)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "jane"}, "email"),
        ({"email": 5}, "email"),
        ({"email": "josé@example.com"}, "email"),
        ({"email": f"{'j' * 250}@example.com"}, "email"),
        ({"name": "Jane\nSmith"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"role": "TEACHER"}, "role"),
    ],
)
def test_a_mistake_is_named_by_its_field(schools: Schools, changes: dict[str, Any], field: str) -> None:
    reply = invite(schools, **changes)
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    assert list(error(reply)["zodError"]["fieldErrors"]) == [field]


def test_an_address_in_an_international_domain_is_mailed(schools: Schools) -> None:
    invite(schools, email="jane@bücher.example.com")
    (mail,) = delivered(schools)
    assert mail["To"] == "jane@xn--bcher-kva.example.com"


def test_a_new_invitation_of_an_address_ends_the_former_one(schools: Schools) -> None:
    former = token(schools)
    latter = token(schools, email="JANE@Example.com", name="Jane S.")
    assert accept(former).status == 404
    assert [link_in(mail).endswith(latter) for mail in delivered(schools)] == [True], (
        "the former e-mail is not sent any more"
    )
    assert accept(latter).json["user"]["name"] == "Jane S."


def test_each_invitation_is_mailed(schools: Schools) -> None:
    links = []
    for _ in range(2):
        links.append(result(invite(schools))["inviteLink"])
        assert [link_in(mail) for mail in delivered(schools)] == links
    assert len(set(links)) == 2


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.MEMBER])
def test_a_member_is_not_invited_again(schools: Schools, role: Role) -> None:
    before = schools.rows()
    reply = invite(schools, email=schools.academy.users[role]["email"].upper())
    assert (reply.status, error(reply)["appCode"]) == (409, "CONFLICT")
    assert schools.rows() == before


def test_of_an_address_known_at_another_school_nothing_is_told(schools: Schools) -> None:
    """INV-23: it is answered as one that nobody knows."""
    known = invite(schools, email=schools.studio.users[Role.OWNER]["email"])
    unknown = invite(schools, email="nobody@music-studio.example")
    assert known.status == unknown.status == 200
    assert result(known).keys() == result(unknown).keys()


def test_the_plan_limits_members_and_open_invitations_together(schools: Schools) -> None:
    """INV-07: growth has room for five teachers; three are there."""
    assert [invite(schools, email=f"t{n}@example.com").status for n in range(3)] == [200, 200, 403]
    reply = invite(schools, email="one-more@example.com")
    assert error(reply)["details"] == {"plan": "growth", "limit": 5, "of": "teachers"}
    assert invite(schools, email="t1@example.com").status == 200, "replacing one takes no more room"
    with time_machine.travel(clock.now() + timedelta(days=7, seconds=1)):
        assert invite(schools, email="one-more@example.com").status == 200, "those not accepted in time are over"


def test_who_cannot_be_invited_for_want_of_room_is_told_what_takes_it(schools: Schools) -> None:
    for n in range(2):
        invite(schools, email=f"t{n}@example.com")
    message = invite(schools, email="one-more@example.com").json["error"]["json"]["message"]
    assert "allows 5 teachers" in message
    assert "3 are there and 2 are invited" in message


def test_invitations_that_nobody_can_accept_any_more_take_no_room(schools: Schools) -> None:
    """INV-07: with the administrator who sent them they have ended."""
    for n in range(2):
        invite(schools, Role.ADMIN, email=f"t{n}@example.com")
    academy = schools.academy
    gone = {"teamIds": [academy.tenant_id], "memberIds": [academy.users[Role.ADMIN]["id"]]}
    assert schools.call("viewer.teams.removeMember", academy.cookie(Role.OWNER), sent=gone).status == 200
    assert [invite(schools, email=f"n{n}@example.com").status for n in range(4)] == [200, 200, 200, 403]


def test_without_a_limit_everybody_may_be_invited(schools: Schools) -> None:
    """INV-07: -1 is unlimited, so nobody has to be counted, however many are invited."""
    counted: list[str] = []
    table.client().meta.events.register("after-call.dynamodb.Query", lambda model, **_: counted.append(model.name))
    set_plan(schools.academy.tenant_id, "enterprise")
    assert {invite(schools, email=f"t{n}@example.com").status for n in range(6)} == {200}
    assert counted == []


def test_the_invitations_of_another_school_take_no_room(schools: Schools) -> None:
    """INV-23"""
    assert [invite(schools, email=f"t{n}@example.com").status for n in range(2)] == [200, 200]
    reply = schools.call("immersio.tenant.inviteTeacher", schools.studio.cookie(Role.OWNER), sent=notices.JANE)
    assert reply.status == 200


def test_a_school_that_is_gone_invites_nobody(schools: Schools) -> None:
    gone(schools.academy)
    assert error(invite(schools))["appCode"] == "TENANT_NOT_FOUND"
