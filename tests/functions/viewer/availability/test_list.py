"""viewer.availability.list"""

from immersio.access.model import Role
from kernel import keys, table
from tests.support.schedules import AVAILABILITY, EVENINGS, at, create, first_id, hours, listed, update
from tests.support.schools import Schools, error, gone


def test_everybody_has_office_hours_in_the_zone_of_the_school_from_the_start(schools: Schools) -> None:
    before = schools.rows()
    mine = first_id(schools)
    assert listed(schools) == [
        {
            "id": mine,
            "name": "Working Hours",
            "timeZone": "Europe/Berlin",
            "availability": [
                {
                    "id": 1,
                    "userId": None,
                    "eventTypeId": None,
                    "days": [1, 2, 3, 4, 5],
                    "startTime": at("09:00"),
                    "endTime": at("17:00"),
                    "date": None,
                    "scheduleId": mine,
                }
            ],
            "isDefault": True,
        }
    ]
    assert schools.rows() == before


def test_the_first_schedule_follows_the_school_until_it_is_changed(schools: Schools) -> None:
    table.write(table.Update(key=keys.tenant(schools.academy.tenant_id), set={"time_zone": "Asia/Tokyo"}))
    assert listed(schools)[0]["timeZone"] == "Asia/Tokyo"
    update(schools, first_id(schools), name="Mine")
    table.write(table.Update(key=keys.tenant(schools.academy.tenant_id), set={"time_zone": "UTC"}))
    assert (listed(schools)[0]["name"], listed(schools)[0]["timeZone"]) == ("Mine", "Asia/Tokyo")


def test_schedules_come_in_the_order_they_were_made_and_one_is_the_default(schools: Schools) -> None:
    made = [create(schools, availability=EVENINGS) for _ in range(3)]
    ids = [first_id(schools), *made]
    assert [(one["id"], one["isDefault"]) for one in listed(schools)] == [(each, each == ids[0]) for each in ids]


def test_the_hours_of_dates_are_left_out(schools: Schools) -> None:
    update(schools, first_id(schools), dateOverrides=[hours("10:00", "12:00", "2100-01-01")])
    assert [row["date"] for row in listed(schools)[0]["availability"]] == [None]


def test_nobody_sees_the_schedules_of_others(schools: Schools) -> None:
    """INV-23"""
    create(schools, Role.MEMBER)
    for role in (Role.OWNER, Role.ADMIN):
        assert [one["id"] for one in listed(schools, role)] == [first_id(schools, role)]


def test_a_school_that_is_gone_is_not_found(schools: Schools) -> None:
    gone(schools.studio)
    reply = schools.call(f"{AVAILABILITY}.list", schools.studio.cookie(Role.OWNER))
    assert (reply.status, error(reply)["appCode"]) == (404, "TENANT_NOT_FOUND")
