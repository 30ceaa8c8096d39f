"""viewer.availability.schedule.update"""

from typing import Any

import pytest

from immersio.access.model import Role
from kernel import table
from tests.support.schedules import (
    EVENINGS,
    MEMBER,
    SCHEDULE,
    ask,
    create,
    first_id,
    get,
    hours,
    hours_of,
    listed,
    update,
    week,
)
from tests.support.schools import Schools, error, gone, result, sample_input


def test_a_changed_schedule_is_told_as_cal_com_tells_it(schools: Schools) -> None:
    mine = first_id(schools)
    told = update(schools, mine, name="Winter", timeZone="Asia/Tokyo", schedule=week(hours("10:00", "12:00")))
    assert hours_of(told["schedule"].pop("availability")) == [([1], "10:00", "12:00")]
    assert [len(day) for day in told.pop("availability")] == [0, 1, 0, 0, 0, 0, 0]
    assert told == {
        "schedule": {"id": mine, "userId": mine, "name": "Winter", "timeZone": "Asia/Tokyo"},
        "timeZone": "Asia/Tokyo",
        "isDefault": True,
        "prevDefaultId": mine,
        "currentDefaultId": mine,
    }
    assert get(schools)["name"] == "Winter"


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "Other"},
        {"timeZone": "Asia/Tokyo"},
        {"schedule": week(hours("10:00", "12:00"))},
        {"availability": []},
        {"dateOverrides": []},
        {"isDefault": True},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_what_is_not_given_stays(schools: Schools, fields: dict[str, Any]) -> None:
    made = create(schools, availability=EVENINGS, dateOverrides=[hours("10:00", "12:00", "2100-01-01")])
    before = get(schools, made)
    update(schools, made, **fields)
    hours_told = {"workingHours", "schedule", "availability"}
    changes = {"schedule": hours_told, "availability": hours_told, "dateOverrides": {"dateOverrides", "schedule"}}
    after = get(schools, made)
    assert {name for name in before if before[name] != after[name]} == changes.get(next(iter(fields)), set(fields))


def test_another_schedule_becomes_the_default(schools: Schools) -> None:
    made, mine = create(schools), first_id(schools)
    told = update(schools, made, isDefault=True)
    assert (told["isDefault"], told["prevDefaultId"], told["currentDefaultId"]) == (True, mine, made)
    assert [(one["id"], one["isDefault"]) for one in listed(schools)] == [(mine, False), (made, True)]


def test_one_schedule_stays_the_default_though_the_form_says_it_is_none(schools: Schools) -> None:
    assert update(schools, first_id(schools), isDefault=False)["isDefault"] is True


def test_a_change_that_changes_nothing_writes_nothing(schools: Schools) -> None:
    before = schools.rows()
    update(schools, first_id(schools), isDefault=True)
    assert schools.rows() == before


def test_two_changes_at_once_are_both_kept(schools: Schools) -> None:
    """While the name is about to be written, the zone is changed from another page."""
    mine = first_id(schools)
    meanwhile = iter([lambda: update(schools, mine, timeZone="Asia/Tokyo")])

    def interfere(**_: Any) -> None:
        next(meanwhile, lambda: None)()

    event = "before-call.dynamodb.TransactWriteItems"
    table.client().meta.events.register(event, interfere)
    update(schools, mine, name="Winter")
    table.client().meta.events.unregister(event, interfere)
    assert (get(schools)["name"], get(schools)["timeZone"]) == ("Winter", "Asia/Tokyo")


def test_who_is_always_in_the_way_is_asked_to_wait(schools: Schools) -> None:
    made = create(schools)
    names = iter(f"name {number}" for number in range(100))
    busy: list[bool] = []

    def interfere(**_: Any) -> None:
        if not busy:
            busy.append(True)
            update(schools, made, name=next(names))
            busy.clear()

    event = "before-call.dynamodb.TransactWriteItems"
    table.client().meta.events.register(event, interfere)
    reply = ask(schools, "update", {"scheduleId": made, "timeZone": "Asia/Tokyo"})
    table.client().meta.events.unregister(event, interfere)
    assert (reply.status, error(reply)["appCode"]) == (503, "TEMPORARILY_UNAVAILABLE")
    assert get(schools, made)["timeZone"] == "Europe/Berlin"


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_a_colleagues_schedule_is_not_there_and_stays_as_it_is(schools: Schools, role: Role) -> None:
    """INV-23"""
    made = create(schools, MEMBER)
    missing, before = ask(schools, "update", {"scheduleId": 1, "name": "Taken"}, role), schools.rows()
    assert (missing.status, error(missing)["appCode"]) == (404, "NOT_FOUND")
    for one in (made, first_id(schools, MEMBER)):
        assert ask(schools, "update", {"scheduleId": one, "name": "Taken", "isDefault": True}, role) == missing
    assert schools.rows() == before


def test_another_schools_schedule_is_not_there_and_stays_as_it_is(schools: Schools) -> None:
    """INV-23"""
    made, cookie = create(schools), schools.studio.cookie(Role.OWNER)
    before = schools.rows()
    missing, others = (
        schools.call(f"{SCHEDULE}.update", cookie, sent={"scheduleId": one, "name": "Taken"}) for one in (1, made)
    )
    assert (missing.status, others, schools.rows()) == (404, missing, before)


def test_hours_that_overlap_are_refused_and_nothing_changes(schools: Schools) -> None:
    overlapping = week(hours("09:00", "12:00"), hours("11:00", "13:00"))
    reply = ask(schools, "update", {"scheduleId": first_id(schools), "schedule": overlapping})
    message = reply.json["error"]["json"]["message"]
    assert (reply.status, message) == (400, "schedule: Monday: 09:00–12:00 and 11:00–13:00 overlap")
    assert hours_of(get(schools)["schedule"]) == [([1, 2, 3, 4, 5], "09:00", "17:00")]


def test_the_sample_event_is_taken(schools: Schools) -> None:
    told = result(ask(schools, "update", sample_input(f"{SCHEDULE}.update") | {"scheduleId": first_id(schools)}))
    assert [row["date"].isoformat()[:10] for row in told["schedule"]["availability"] if row["date"]] == [
        "2026-12-24",
        "2026-12-25",
    ]


def test_a_school_that_is_gone_is_not_found(schools: Schools) -> None:
    gone(schools.academy)
    reply = ask(schools, "update", {"scheduleId": first_id(schools), "name": "Winter"})
    assert (reply.status, error(reply)["appCode"]) == (404, "TENANT_NOT_FOUND")
