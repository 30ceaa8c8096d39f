"""viewer.availability.schedule.create"""

from typing import Any

import pytest

from immersio.access.model import Role
from immersio.schedule import store
from immersio.schedule.model import KeptSchedule, first_schedules
from kernel import keys, table
from tests.support.schedules import EVENINGS, SCHEDULE, ask, at, create, first_id, get, hours, hours_of, listed, week
from tests.support.schools import Schools, error, gone, result, sample_input

NINE_TO_FIVE = hours("09:00", "17:00")


def test_a_schedule_without_hours_gets_office_hours_in_the_zone_of_its_user(schools: Schools) -> None:
    zone = {"time_zone": "Asia/Tokyo"}
    table.write(table.Update(key=keys.user(first_id(schools)), set=zone))
    made = result(ask(schools, "create", {"name": "  Evenings "}))["schedule"]
    assert hours_of(made.pop("availability")) == [([1, 2, 3, 4, 5], "09:00", "17:00")]
    new = made.pop("id")
    assert made == {"userId": first_id(schools), "name": "Evenings", "timeZone": "Asia/Tokyo"}
    assert [one["id"] for one in listed(schools)] == [first_id(schools), new]


def test_equal_hours_of_several_days_become_one_row_as_in_cal_com(schools: Schools) -> None:
    morning, evening = hours("08:00", "10:00", "2026-11-30"), hours("18:00", "20:00")
    sent = [[], [morning, evening], [hours("08:00", "10:00")], [], [], [], [evening]]
    made = create(schools, schedule=sent)
    assert hours_of(get(schools, made)["schedule"]) == [([1, 2], "08:00", "10:00"), ([1, 6], "18:00", "20:00")]


@pytest.mark.parametrize(
    ("start", "end"),
    [("18:00", "21:30"), (at("18:00"), at("21:30")), (at("18:00:00.500", "2026-06-01"), "21:30:00")],
    ids=["text", "Dates", "both"],
)
def test_hours_are_taken_as_text_and_as_dates(schools: Schools, start: Any, end: Any) -> None:
    made = create(schools, availability=[{"days": [3, 1, 1], "startTime": start, "endTime": end}])
    assert hours_of(get(schools, made)["schedule"]) == [([1, 3], "18:00", "21:30")]


def test_a_day_ends_at_24_00(schools: Schools) -> None:
    made = create(schools, availability=[{"days": [0], "startTime": "20:00", "endTime": "24:00"}])
    assert hours_of(get(schools, made)["schedule"]) == [([0], "20:00", "23:59")]


def test_the_fifty_first_schedule_is_refused(schools: Schools) -> None:
    before = after = first_schedules(schools.academy.tenant_id, first_id(schools), "UTC")
    for _ in range(49):
        after = after.adding(KeptSchedule(id=after.kept[-1].id + 1, time_zone="UTC"))
    store.commit(*store.changed_schedules(before, after))
    reply = ask(schools, "create", {"name": "One more"})
    assert (reply.status, error(reply)["appCode"], len(listed(schools))) == (409, "CONFLICT", 50)
    assert create(schools, Role.OWNER)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("name", {"name": " "}),
        ("name", {"name": "a" * 101}),
        ("name", {"name": "a\nb"}),
        ("name", {"name": None}),
        ("timeZone", {"timeZone": "Europe/Atlantis"}),
        ("timeZone", {"timeZone": ""}),
        ("schedule", {"schedule": [[]] * 8}),
        ("schedule.1.0", {"schedule": week(hours("17:00", "09:00"))}),
        ("schedule.1.0.start", {"schedule": week({"start": "09:00", "end": at("10:00")})}),  # type: ignore[dict-item]
        ("schedule", {"schedule": week(NINE_TO_FIVE, hours("16:00", "18:00"))}),
        ("availability", {"schedule": week(NINE_TO_FIVE), "availability": EVENINGS}),
        ("availability.0", {"availability": [{"days": [1], "startTime": "17:00", "endTime": "17:00"}]}),
        ("availability.0.startTime", {"availability": [{"days": [1], "startTime": "9:00", "endTime": "17:00"}]}),
        ("availability.0.endTime", {"availability": [{"days": [1], "startTime": "09:00", "endTime": 17}]}),
        ("availability.0.days", {"availability": [{"days": [], "startTime": "09:00", "endTime": "17:00"}]}),
        ("availability.0.days.0", {"availability": [{"days": [7], "startTime": "09:00", "endTime": "17:00"}]}),
        ("availability.0.days.0", {"availability": [{"days": ["1"], "startTime": "09:00", "endTime": "17:00"}]}),
        ("availability", {"availability": EVENINGS * 51}),
        ("dateOverrides.0", {"dateOverrides": [hours("17:00", "09:00")]}),
        ("dateOverrides.0", {"dateOverrides": [hours("09:00", "17:00", "1999-12-31")]}),
        ("schedule", {"dateOverrides": [NINE_TO_FIVE, NINE_TO_FIVE]}),
    ],
)
def test_what_breaks_a_rule_is_refused_by_name(schools: Schools, field: str, fields: dict[str, Any]) -> None:
    before = schools.rows()
    reply = ask(schools, "create", {"name": "Evenings", **fields})
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    assert reply.json["error"]["json"]["message"].startswith(f"{field}: ")
    assert schools.rows() == before


def test_more_dates_than_a_year_has_are_refused(schools: Schools) -> None:
    dates = [hours("09:00", "10:00", f"{year}-01-{day:02}") for year in range(2030, 2043) for day in range(1, 32)]
    reply = ask(schools, "create", {"name": "Evenings", "dateOverrides": dates})
    assert (reply.status, "dateOverrides: " in reply.body) == (400, True)


def test_the_sample_event_is_taken(schools: Schools) -> None:
    made = result(ask(schools, "create", sample_input(f"{SCHEDULE}.create")))["schedule"]
    assert hours_of(made["availability"]) == [([1], "09:00", "12:00"), ([1], "13:00", "17:00"), ([3], "09:00", "17:00")]


def test_a_school_that_is_gone_is_not_found(schools: Schools) -> None:
    gone(schools.academy)
    reply = ask(schools, "create", {"name": "Evenings"})
    assert (reply.status, error(reply)["appCode"]) == (404, "TENANT_NOT_FOUND")
