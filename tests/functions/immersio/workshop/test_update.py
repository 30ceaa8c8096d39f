"""immersio.workshop.update"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from immersio.access.model import Role
from immersio.whitelist import service as whitelist
from immersio.workshop import holds, store
from kernel import clock, keys, table
from kernel.errors import AppError, TemporarilyUnavailable
from tests.support import schedules
from tests.support.schools import Schools, error, gone, result, sample_input
from tests.support.workshops import ask, claim, create, get, listed, stored, take_seats, teacher_id, tomorrow, update

WEEK = timedelta(days=7)
TRANSACTION = "before-call.dynamodb.TransactWriteItems"
FOLLOWING = {"bookingUrl", "occurrences", "nextOccurrence"}
"""What follows from other fields."""


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "Other"},
        {"description": "More"},
        {"duration": 45},
        {"price": 0},
        {"currency": "EUR"},
        {"seats": 1},
        {"scheduleId": None},
        {"locations": []},
        {"recurrence": {"frequency": "monthly", "count": 3}},
        {"teacherId": True},
        {"whitelistEnabled": True},
        {"immersioCourseId": "course_b"},
        {"syncStudentsFromImmersio": True},
        {"refundWindowHours": 0},
        {"cancellationNoticeHours": 1.5},
        {"topicCategory": "Languages"},
        {"workshopType": "tutoring"},
        {"status": "draft"},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_what_is_not_given_stays(schools: Schools, fields: dict[str, Any]) -> None:
    made = create(schools, scheduleId=schedules.create(schools))["id"]
    before, name = get(schools, made), next(iter(fields))
    sent = {"teacherId": teacher_id(schools, Role.ADMIN)} if "teacherId" in fields else fields
    after = update(schools, made, **sent)
    assert after == get(schools, made)
    changed = {field for field in before if before[field] != after[field]}
    expected = {"teacher", "scheduleId"} if name == "teacherId" else {name}
    assert expected <= changed <= expected | FOLLOWING


def test_null_takes_away_what_a_workshop_had(schools: Schools) -> None:
    had: dict[str, Any] = {"description": "For work", "immersioCourseId": "course_a", "topicCategory": "Languages"}
    made = create(schools, **had, scheduleId=schedules.create(schools))["id"]
    nulls: dict[str, Any] = dict.fromkeys([*had, "scheduleId", "recurrence"])
    after = update(schools, made, **nulls)
    assert [after[name] for name in nulls] == [None] * 5


@pytest.mark.parametrize("field", ["title", "duration", "price", "seats", "teacherId", "startsAt", "status"])
def test_what_a_workshop_cannot_be_without_is_not_taken_away(schools: Schools, field: str) -> None:
    reply = ask(schools, "update", {"id": create(schools)["id"], field: None})
    assert (reply.status, reply.json["error"]["json"]["message"].startswith(f"{field}: ")) == (400, True)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("title", {"title": "ab"}),
        ("seats", {"seats": 101}),
        ("price", {"currency": "KWD"}),
        ("price", {"price": 1501, "currency": "TND"}),
        ("teacherId", {"teacherId": 1}),
        ("scheduleId", {"scheduleId": 1}),
        ("recurrence", {"recurrence": {"frequency": "weekly", "endDate": datetime(2020, 1, 1).astimezone()}}),
        ("status", {"status": "gone"}),
    ],
)
def test_what_breaks_a_rule_is_refused_by_name(schools: Schools, field: str, fields: dict[str, Any]) -> None:
    """INV-22: what is not given counts too, as 15.05 does where the currency becomes one of thousandths."""
    made = create(schools, price=1505)["id"]
    before = schools.rows()
    reply = ask(schools, "update", {"id": made, **fields})
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")
    assert reply.json["error"]["json"]["message"].startswith(f"{field}: ")
    assert schools.rows() == before


def test_another_title_keeps_the_address(schools: Schools) -> None:
    made = create(schools)
    assert update(schools, made["id"], title="Small Talk")["slug"] == made["slug"]


def test_a_change_that_changes_nothing_writes_nothing(schools: Schools) -> None:
    made = create(schools)["id"]
    before = schools.rows()
    update(schools, made, title="Business English Workshop", seats=8, startsAt=tomorrow())
    assert schools.rows() == before


def test_two_changes_at_once_are_both_kept(schools: Schools) -> None:
    """While the title is about to be written, the price is changed from another page."""
    made = create(schools)["id"]
    _before_transaction(0, lambda: update(schools, made, price=0))
    update(schools, made, title="Small Talk")
    assert (get(schools, made)["title"], get(schools, made)["price"]) == ("Small Talk", 0)


def test_who_is_always_in_the_way_is_asked_to_wait(schools: Schools) -> None:
    made, prices = create(schools)["id"], iter(range(1000))
    busy: list[bool] = []

    def interfere(**_: Any) -> None:
        if not busy:
            busy.append(True)
            update(schools, made, price=next(prices))
            busy.clear()

    table.client().meta.events.register(TRANSACTION, interfere)
    reply = ask(schools, "update", {"id": made, "title": "Small Talk"})
    table.client().meta.events.unregister(TRANSACTION, interfere)
    assert (reply.status, error(reply)["appCode"]) == (503, "TEMPORARILY_UNAVAILABLE")
    assert get(schools, made)["title"] == "Business English Workshop"


def test_seats_cannot_go_below_what_is_taken(schools: Schools) -> None:
    """INV-06"""
    made = create(schools)["id"]
    take_seats(schools, made, tomorrow(), 2)
    take_seats(schools, made, tomorrow() + WEEK, 5)
    before = schools.rows()
    reply = ask(schools, "update", {"id": made, "seats": 4})
    when = clock.iso(tomorrow() + WEEK)
    assert (reply.status, error(reply)["appCode"]) == (409, "CONFLICT")
    message = f"seats: 5 are taken of the class of {when}, so there cannot be only 4"
    assert reply.json["error"]["json"]["message"] == message
    assert schools.rows() == before
    assert update(schools, made, seats=5)["seats"] == 5


def test_classes_that_are_over_keep_no_seats(schools: Schools) -> None:
    made = create(schools)["id"]
    table.write(
        table.Update(
            key=keys.occurrence(schools.academy.tenant_id, made, clock.now() - WEEK), set={"taken": 8, "revision": 1}
        )
    )
    assert update(schools, made, seats=1)["seats"] == 1


@pytest.mark.parametrize("booked_before", [0, 3])
def test_a_seat_that_is_taken_while_seats_are_lowered_keeps_its_place(schools: Schools, booked_before: int) -> None:
    """INV-06: taken after it was looked what is taken, but before the workshop was written."""
    made = create(schools)["id"]
    take_seats(schools, made, tomorrow(), booked_before)
    _before_transaction(0, lambda: take_seats(schools, made, tomorrow(), 2))
    reply = ask(schools, "update", {"id": made, "seats": booked_before + 1})
    assert (reply.status, get(schools, made)["seats"]) == (409, 8)
    assert get(schools, made)["occurrences"][0]["bookedSeats"] == booked_before + 2
    take_seats(schools, made, tomorrow())
    assert get(schools, made)["occurrences"][0]["bookedSeats"] == booked_before + 3, "nothing is held any more"


@pytest.mark.parametrize("booked_before", [0, 1, 2])
@pytest.mark.parametrize("position", range(4))
def test_whenever_others_claim_seats_none_is_sold_beyond_the_lowered_number(
    schools: Schools, booked_before: int, position: int
) -> None:
    """INV-06: by who read the workshop before, be it the first claim of a class or a later one."""
    made = create(schools)["id"]
    take_seats(schools, made, tomorrow(), booked_before)
    old = stored(schools, made)

    def late() -> None:
        for _ in range(3):
            with suppress(AppError):
                claim(old, tomorrow())

    _before_transaction(position, late)
    reply = ask(schools, "update", {"id": made, "seats": 2})
    late()
    found = get(schools, made)
    assert (reply.status, found["seats"]) in {(200, 2), (409, 8)}
    assert found["occurrences"][0]["bookedSeats"] <= found["seats"]


def test_what_is_held_is_claimed_by_nobody_until_the_change_is_made_or_given_up(schools: Schools) -> None:
    made = create(schools)["id"]
    held = holds.held(stored(schools, made))
    held.__enter__()
    with pytest.raises(TemporarilyUnavailable):
        holds.unheld(stored(schools, made))
    held.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert stored(schools, made).held_until is None


def test_a_hold_that_is_outlived_is_ended_and_its_holder_cannot_write(schools: Schools, time_machine: Any) -> None:
    made = create(schools)["id"]
    store.commit(store.hold(stored(schools, made), clock.now() + holds.LONGEST))
    slow = stored(schools, made)
    time_machine.move_to(clock.now() + holds.LONGEST + timedelta(seconds=1))
    free = holds.unheld(slow)
    assert (free.held_until, holds.unheld(free)) == (None, free)
    with pytest.raises(store.ConditionFailed):
        store.commit(*store.changed_workshop(slow, slow))


def test_a_change_goes_on_after_a_hold_whose_holder_died(schools: Schools) -> None:
    made = create(schools)["id"]
    store.commit(store.hold(stored(schools, made), clock.now() + holds.LONGEST))
    assert update(schools, made, seats=2)["seats"] == 2
    assert stored(schools, made).held_until is None


def test_a_booked_class_keeps_its_length(schools: Schools) -> None:
    made = create(schools)["id"]
    assert update(schools, made, duration=45)["duration"] == 45
    take_seats(schools, made, tomorrow())
    reply = ask(schools, "update", {"id": made, "duration": 60})
    assert (reply.status, error(reply)["appCode"], get(schools, made)["duration"]) == (409, "CONFLICT", 45)


@pytest.mark.parametrize(
    ("change", "is_allowed"),
    [
        ({"startsAt": 1}, False),
        ({"startsAt": -7}, True),
        ({"recurrence": {"frequency": "biweekly"}}, False),
        ({"recurrence": {"frequency": "weekly", "count": 2}}, True),
        ({"recurrence": {"frequency": "weekly", "count": 1}}, False),
        ({"recurrence": {"frequency": "none"}}, False),
        ({"recurrence": None}, False),
    ],
)
def test_other_times_are_fine_where_every_booked_class_is_among_them(
    schools: Schools, change: dict[str, Any], is_allowed: bool
) -> None:
    made = create(schools, startsAt=tomorrow(3) + WEEK)["id"]
    if "startsAt" in change:
        change = {"startsAt": tomorrow(3) + WEEK + timedelta(days=change["startsAt"])}
    booked = tomorrow(3) + 2 * WEEK
    take_seats(schools, made, booked)
    reply = ask(schools, "update", {"id": made, **change})
    assert reply.status == (200 if is_allowed else 409)
    if not is_allowed:
        assert f"the booked class of {clock.iso(booked)} would no longer" in reply.json["error"]["json"]["message"]
        assert "startsAt" in change or get(schools, made)["recurrence"] == {
            "frequency": "weekly",
            "count": 8,
            "endDate": None,
        }


def test_somebody_else_teaches_what_is_booked(schools: Schools) -> None:
    evenings = [{"days": [0, 1, 2, 3, 4, 5, 6], "startTime": "20:00", "endTime": "21:00"}]
    schedules.update(schools, teacher_id(schools, Role.ADMIN), Role.ADMIN, timeZone="Asia/Tokyo", availability=evenings)
    series, openings = create(schools)["id"], create(schools, recurrence=None, startsAt=None)["id"]
    for made in (series, openings):
        take_seats(schools, made, get(schools, made)["nextOccurrence"])
    substitute: dict[str, Any] = {"teacherId": teacher_id(schools, Role.ADMIN)}
    after = update(schools, series, **substitute)
    assert (after["teacher"]["name"], after["timeZone"]) == ("Akira Sato", "Europe/Berlin")
    assert ask(schools, "update", {"id": openings, **substitute}).status == 409, "who is not there at that time"


def test_what_becomes_a_series_begins_at_the_next_opening_and_keeps_the_zone(schools: Schools) -> None:
    made = create(schools, recurrence=None, startsAt=None)["id"]
    opening = get(schools, made)["nextOccurrence"]
    after = update(schools, made, recurrence={"frequency": "weekly"})
    assert (after["startsAt"], after["nextOccurrence"]) == (opening, opening)
    in_tokyo = schedules.create(schools, timeZone="Asia/Tokyo")
    assert update(schools, made, recurrence={"frequency": "biweekly"})["timeZone"] == "Europe/Berlin"
    again = update(schools, made, scheduleId=in_tokyo)
    assert (again["startsAt"], again["timeZone"]) == (opening, "Asia/Tokyo")


@pytest.mark.parametrize("kept", [True, False], ids=["the default", "one of its own"])
def test_a_form_that_sends_the_schedule_a_series_has_moves_no_class(schools: Schools, kept: bool) -> None:
    """INV-32: the teacher has moved meanwhile, but the series goes on as it was."""
    schedule = None if kept else schedules.create(schools)
    made = create(schools, scheduleId=schedule)["id"]
    before = get(schools, made)
    schedules.update(schools, schedule or teacher_id(schools), timeZone="Asia/Tokyo")
    assert update(schools, made, title="Small Talk", scheduleId=schedule) == {**before, "title": "Small Talk"}


def test_a_workshop_whose_schedule_is_gone_can_still_be_changed(schools: Schools) -> None:
    """It goes by the teacher's default one, as it does when it is shown."""
    evenings = schedules.create(schools)
    series = create(schools, scheduleId=evenings)["id"]
    openings = create(schools, scheduleId=evenings, recurrence=None)["id"]
    schedules.ask(schools, "delete", {"scheduleId": evenings})
    assert update(schools, series, recurrence={"frequency": "weekly", "count": 9})["recurrence"]["count"] == 9
    again = update(schools, openings, scheduleId=evenings, recurrence={"frequency": "weekly"})
    assert again["recurrence"]["frequency"] == "weekly"
    somebody_elses = {"scheduleId": evenings, "teacherId": teacher_id(schools, Role.OWNER)}
    assert ask(schools, "update", {"id": series, **somebody_elses}).status == 400


def test_who_looks_after_many_booked_classes_reads_no_more_than_after_one(schools: Schools) -> None:
    made = create(schools, recurrence=None, startsAt=None)["id"]
    coming = get(schools, made)["occurrences"]
    reads: list[str] = []
    table.client().meta.events.register("before-call.dynamodb", lambda model, **_: reads.append(model.name))
    counted: list[int] = []
    for booked in (coming[:1], coming[1:]):
        for occurrence in booked:
            take_seats(schools, made, occurrence["startTime"])
        reads.clear()
        update(schools, made, startsAt=tomorrow() - WEEK * (len(counted) + 1))
        counted.append(reads.count("GetItem") + reads.count("BatchGetItem"))
    assert counted[0] == counted[1]


def test_a_series_that_is_over_can_still_be_described(schools: Schools, time_machine: Any) -> None:
    made = create(schools)["id"]
    table.write(
        table.Update(
            key=keys.workshop(schools.academy.tenant_id, made), set={"starts_at": clock.iso(clock.now() - 90 * WEEK)}
        )
    )
    assert (
        update(schools, made, title="The last one", teacherId=teacher_id(schools, Role.ADMIN))["nextOccurrence"] is None
    )
    reply = ask(schools, "update", {"id": made, "recurrence": {"frequency": "weekly", "count": 9}})
    assert (reply.status, error(reply)["appCode"]) == (400, "VALIDATION_ERROR")


def test_who_is_brought_back_needs_room_in_the_plan(schools: Schools) -> None:
    """INV-07"""
    table.write(table.Update(key=keys.tenant(schools.academy.tenant_id), set={"plan_type": "lite"}))
    first = create(schools)["id"]
    update(schools, first, status="archived")
    second = create(schools)["id"]
    reply = ask(schools, "update", {"id": first, "status": "active"})
    assert (reply.status, error(reply)["appCode"]) == (403, "FORBIDDEN")
    update(schools, second, status="draft")
    assert ask(schools, "update", {"id": first, "status": "draft"}).status == 403, "a draft takes its place too"
    update(schools, second, status="archived")
    assert update(schools, first, status="active")["status"] == "active"
    assert listed(schools, status="active")["totalCount"] == 1


def test_another_list_replaces_the_one_before(schools: Schools) -> None:
    """INV-25"""
    made = create(schools, whitelistEmails=["ada@example.com"])["id"]
    update(schools, made, whitelistEnabled=True, whitelistEmails=["grace@example.com"])
    found = whitelist.listed(schools.academy.tenant_id, made)
    assert [entry.email for entry in found] == ["grace@example.com"]
    update(schools, made, whitelistEmails=[])
    assert (whitelist.listed(schools.academy.tenant_id, made), get(schools, made)["whitelistEnabled"]) == ([], True)


def test_a_teacher_changes_their_own_only_and_gives_none_away(schools: Schools) -> None:
    """INV-24"""
    own, other = (create(schools, teacherId=teacher_id(schools, role))["id"] for role in (Role.MEMBER, Role.OWNER))
    assert update(schools, own, Role.MEMBER, title="Mine")["title"] == "Mine"
    before = schools.rows()
    for sent in ({"id": other, "title": "Mine"}, {"id": own, "teacherId": teacher_id(schools, Role.OWNER)}):
        reply = ask(schools, "update", sent, Role.MEMBER)
        assert (reply.status, error(reply)["appCode"]) == (403, "FORBIDDEN")
    assert schools.rows() == before


def test_another_schools_workshop_is_not_there_and_stays_as_it_is(schools: Schools) -> None:
    """INV-23"""
    made, cookie = create(schools)["id"], schools.studio.cookie(Role.OWNER)
    before = schools.rows()
    missing, others = (
        schools.call("immersio.workshop.update", cookie, sent={"id": one, "title": "Mine"}) for one in (1, made)
    )
    assert (missing.status, error(missing)["appCode"]) == (404, "WORKSHOP_NOT_FOUND")
    assert (others, schools.rows()) == (missing, before)


def test_the_sample_event_is_taken(schools: Schools) -> None:
    sent = sample_input("immersio.workshop.update") | {"id": create(schools)["id"]}
    assert result(ask(schools, "update", sent))["seats"] == 12


def _before_transaction(position: int, act: Callable[[], Any]) -> None:
    """Once, when the transaction at this position from now on is about to be sent."""
    seen = iter(range(1000))

    def interfere(**_: Any) -> None:
        if next(seen) == position:
            act()

    table.client().meta.events.register(TRANSACTION, interfere)


def test_a_school_that_is_gone_is_not_found(schools: Schools) -> None:
    made = create(schools)
    gone(schools.academy)
    reply = ask(schools, "update", {"id": made["id"], "title": "Late"})
    assert (reply.status, error(reply)["appCode"]) == (404, "TENANT_NOT_FOUND")
