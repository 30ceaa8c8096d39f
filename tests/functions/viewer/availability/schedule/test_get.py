"""viewer.availability.schedule.get"""

from datetime import timedelta

import pytest

from immersio.access.model import Role
from kernel import clock
from tests.support.schedules import SCHEDULE, ask, at, create, first_id, get, hours, hours_of, update, week
from tests.support.schools import Schools, error, gone

TODAY = clock.now().date()


def test_the_default_schedule_is_told_as_cal_coms_pages_read_it(schools: Schools) -> None:
    told, mine = get(schools), first_id(schools)
    day = told["availability"][1][0]["start"].date().isoformat()
    office_hours = [hours("09:00", "17:00", day)]
    assert told.pop("availability") == [[], *[office_hours] * 5, []]
    assert hours_of(told.pop("schedule")) == [([1, 2, 3, 4, 5], "09:00", "17:00")]
    assert told == {
        "id": mine,
        "name": "Working Hours",
        "timeZone": "Europe/Berlin",
        "workingHours": [{"days": [1, 2, 3, 4, 5], "startTime": 540, "endTime": 1020}],
        "dateOverrides": [],
        "isDefault": True,
        "isLastSchedule": True,
        "isManaged": False,
        "readOnly": False,
    }


def test_a_schedule_is_found_by_its_id_and_without_one_the_default(schools: Schools) -> None:
    made = create(schools)
    assert (get(schools, made)["id"], get(schools, made)["isDefault"]) == (made, False)
    assert [get(schools)["id"], get(schools, 0)["id"]] == [first_id(schools)] * 2
    assert [get(schools, one)["isLastSchedule"] for one in (made, first_id(schools))] == [False, False]
    update(schools, made, isDefault=True)
    assert get(schools)["id"] == made


def test_dates_come_in_order_each_with_all_its_hours_and_only_from_today_on(schools: Schools) -> None:
    past = (TODAY - timedelta(days=3)).isoformat()
    overrides = [
        hours("14:00", "16:00", "2100-02-02"),
        hours("00:00", "00:00", "2100-03-03"),
        hours("10:00", "12:00", "2100-01-01"),
        hours("08:00", "09:00", past),
        hours("09:00", "10:00", "2100-02-02"),
    ]
    update(schools, first_id(schools), dateOverrides=overrides)
    assert get(schools)["dateOverrides"] == [
        {"ranges": [overrides[2]]},
        {"ranges": [overrides[0], overrides[4]]},
        {"ranges": [overrides[1]]},
    ]
    dated = [row for row in get(schools)["schedule"] if not row["days"]]
    assert {row["date"] for row in dated} == {
        at("00:00", day) for day in (past, "2100-01-01", "2100-02-02", "2100-03-03")
    }


def test_what_the_form_shows_may_be_sent_back_as_it_is(schools: Schools) -> None:
    """Cal.com's form ends a whole day at 23:59:59.999."""
    made = create(schools, schedule=week(hours("00:00", "23:59")), timeZone="Asia/Tokyo")
    update(schools, made, dateOverrides=[hours("00:00", "23:59", "2100-01-01"), hours("00:00", "00:00", "2100-01-02")])
    shown = get(schools, made)
    assert f"{shown['availability'][1][0]['end']:%T.%f}" == "23:59:59.999000"
    ranges = [one for override in shown["dateOverrides"] for one in override["ranges"]]
    update(schools, made, name=shown["name"], schedule=shown["availability"], dateOverrides=ranges)
    assert get(schools, made) == shown


def test_a_week_without_hours_has_none(schools: Schools) -> None:
    made = create(schools, schedule=[])
    told = get(schools, made)
    assert (told["workingHours"], told["schedule"], told["availability"]) == ([], [], [[]] * 7)


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_a_colleagues_schedule_answers_exactly_as_a_missing_one(schools: Schools, role: Role) -> None:
    """INV-23"""
    missing = ask(schools, "get", {"scheduleId": 1}, role)
    assert (missing.status, error(missing)["appCode"]) == (404, "NOT_FOUND")
    for one in (create(schools, Role.MEMBER), first_id(schools, Role.MEMBER)):
        assert ask(schools, "get", {"scheduleId": one}, role) == missing


def test_another_schools_schedule_answers_exactly_as_a_missing_one(schools: Schools) -> None:
    """INV-23"""
    made, cookie = create(schools, Role.OWNER), schools.studio.cookie(Role.OWNER)
    missing, others = (schools.call(f"{SCHEDULE}.get", cookie, sent={"scheduleId": one}) for one in (1, made))
    assert (missing.status, others) == (404, missing)


@pytest.mark.parametrize("id", ["1", 1.5, None, True, 1e300])
def test_an_id_is_a_whole_number(schools: Schools, id: object) -> None:
    reply = ask(schools, "get", {"scheduleId": id})
    assert (reply.status, "scheduleId" in reply.body) == (400, True)


def test_a_school_that_is_gone_is_not_found(schools: Schools) -> None:
    gone(schools.academy)
    reply = ask(schools, "get", {})
    assert (reply.status, error(reply)["appCode"]) == (404, "TENANT_NOT_FOUND")
