"""viewer.availability.schedule.delete"""

import pytest

from immersio.access.model import Role
from kernel import superjson
from tests.support.schedules import MEMBER, SCHEDULE, ask, create, first_id, listed, update
from tests.support.schools import Schools, error, gone, result


def test_a_deleted_schedule_is_gone(schools: Schools) -> None:
    made = create(schools)
    assert result(ask(schools, "delete", {"scheduleId": made})) in (None, superjson.UNDEFINED)
    assert [one["id"] for one in listed(schools)] == [first_id(schools)]
    assert ask(schools, "get", {"scheduleId": made}).status == 404
    assert ask(schools, "delete", {"scheduleId": made}).status == 404


def test_the_only_schedule_stays(schools: Schools) -> None:
    made, mine = create(schools), first_id(schools)
    ask(schools, "delete", {"scheduleId": made})
    reply = ask(schools, "delete", {"scheduleId": mine})
    assert (reply.status, error(reply)["appCode"]) == (409, "CONFLICT")
    assert "only schedule" in reply.json["error"]["json"]["message"]
    assert ask(schools, "delete", {"scheduleId": first_id(schools, Role.OWNER)}, Role.OWNER).status == 409


def test_the_default_schedule_stays_until_another_one_is_the_default(schools: Schools) -> None:
    made, mine = create(schools), first_id(schools)
    reply = ask(schools, "delete", {"scheduleId": mine})
    assert (reply.status, "default schedule" in reply.json["error"]["json"]["message"]) == (409, True)
    update(schools, made, isDefault=True)
    assert ask(schools, "delete", {"scheduleId": mine}).status == 200
    assert [(one["id"], one["isDefault"]) for one in listed(schools)] == [(made, True)]


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_a_colleagues_schedule_is_not_there_and_stays(schools: Schools, role: Role) -> None:
    """INV-23"""
    made, missing = create(schools, MEMBER), ask(schools, "delete", {"scheduleId": 1}, role)
    before = schools.rows()
    assert (missing.status, error(missing)["appCode"]) == (404, "NOT_FOUND")
    for one in (made, first_id(schools, MEMBER)):
        assert ask(schools, "delete", {"scheduleId": one}, role) == missing
    assert schools.rows() == before


def test_another_schools_schedule_is_not_there_and_stays(schools: Schools) -> None:
    """INV-23"""
    made, cookie = create(schools), schools.studio.cookie(Role.OWNER)
    before = schools.rows()
    missing, others = (schools.call(f"{SCHEDULE}.delete", cookie, sent={"scheduleId": one}) for one in (1, made))
    assert (missing.status, others, schools.rows()) == (404, missing, before)


def test_a_school_that_is_gone_is_not_found(schools: Schools) -> None:
    gone(schools.academy)
    reply = ask(schools, "delete", {"scheduleId": first_id(schools)})
    assert (reply.status, error(reply)["appCode"]) == (404, "TENANT_NOT_FOUND")
