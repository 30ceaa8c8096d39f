"""immersio.workshop.archive"""

import pytest

from immersio.access.model import Role
from kernel import keys, table
from tests.support.schools import Schools, error, result, sample_input
from tests.support.workshops import ask, create, get, listed, take_seats, teacher_id, tomorrow, update


def test_an_archived_workshop_is_offered_no_more_and_what_is_booked_stays_booked(schools: Schools) -> None:
    made = create(schools)["id"]
    take_seats(schools, made, tomorrow(), 2)
    assert result(ask(schools, "archive", {"id": made})) == {"success": True}
    assert (get(schools, made)["status"], get(schools, made)["nextOccurrence"]) == ("archived", None)
    assert [listed(schools, status=status)["totalCount"] for status in ("active", "archived")] == [0, 1]
    assert update(schools, made, status="active")["occurrences"][0]["bookedSeats"] == 2


def test_once_more_does_nothing(schools: Schools) -> None:
    """INV-07: and it does not free a second place of the plan."""
    made = create(schools)["id"]
    create(schools)
    assert result(ask(schools, "archive", {"id": made})) == {"success": True}
    before = schools.rows()
    assert result(ask(schools, "archive", {"id": made})) == {"success": True}
    assert schools.rows() == before
    usage = table.get(keys.tenant_usage(schools.academy.tenant_id))
    assert usage
    assert usage["workshops"] == 1


def test_a_teacher_archives_their_own_only(schools: Schools) -> None:
    """INV-24"""
    own, other = (create(schools, teacherId=teacher_id(schools, role))["id"] for role in (Role.MEMBER, Role.OWNER))
    before = schools.rows()
    reply = ask(schools, "archive", {"id": other}, Role.MEMBER)
    assert (reply.status, error(reply)["appCode"], schools.rows()) == (403, "FORBIDDEN", before)
    assert ask(schools, "archive", {"id": own}, Role.MEMBER).status == 200


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_owner_and_administrators_archive_any(schools: Schools, role: Role) -> None:
    assert ask(schools, "archive", {"id": create(schools)["id"]}, role).status == 200


def test_another_schools_workshop_is_not_there_and_stays_as_it_is(schools: Schools) -> None:
    """INV-23"""
    made, cookie = create(schools)["id"], schools.studio.cookie(Role.OWNER)
    before = schools.rows()
    missing, others = (schools.call("immersio.workshop.archive", cookie, sent={"id": one}) for one in (1, made))
    assert (missing.status, error(missing)["appCode"]) == (404, "WORKSHOP_NOT_FOUND")
    assert (others, schools.rows()) == (missing, before)


def test_the_sample_event_is_taken(schools: Schools) -> None:
    sent = sample_input("immersio.workshop.archive") | {"id": create(schools)["id"]}
    assert result(ask(schools, "archive", sent)) == {"success": True}
