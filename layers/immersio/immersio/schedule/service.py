"""What people do with their own schedules; those of others are not there for them (INV-23)."""

from collections.abc import Callable, Iterable
from datetime import date, time
from typing import Any

from pydantic.alias_generators import to_camel

from immersio.access.callers import Member
from immersio.schedule import store, views
from immersio.schedule.model import MOST_SCHEDULES, OFFICE_HOURS, KeptSchedule, Schedules, first_schedules
from immersio.schedule.schemas import (
    CreatedSchedule,
    CreateScheduleInput,
    DateHours,
    DeleteScheduleInput,
    GetScheduleInput,
    ScheduleList,
    ScheduleView,
    UpdatedSchedule,
    UpdateScheduleInput,
    WeekdayHours,
)
from immersio.tenant import store as tenants
from kernel import ids
from kernel.errors import Conflict, NotFound, TemporarilyUnavailable, TenantNotFound
from kernel.validation import parse

TRIES = 5
"""Only the same person on another page can be in the way."""

Fields = dict[str, Any]


def list_schedules(caller: Member) -> ScheduleList:
    schedules = _schedules(caller)
    return ScheduleList(schedules=[views.listed(schedules, schedule) for schedule in schedules.kept])


def get_schedule(caller: Member, input: GetScheduleInput) -> ScheduleView:
    schedules = _schedules(caller)
    return views.whole(schedules, _found(schedules, input.schedule_id or schedules.default_id))


def create_schedule(caller: Member, input: CreateScheduleInput) -> CreatedSchedule:
    usual = {"time_zone": caller.user.time_zone, "availability": OFFICE_HOURS}

    def create(before: Schedules) -> Schedules:
        if len(before.kept) >= MOST_SCHEDULES:
            raise Conflict(f"You have {MOST_SCHEDULES} schedules, which is the most; delete one first")
        return before.adding(_checked({**usual, **_given(input), "id": ids.new_number()}))

    _, after = _change(caller, create)
    return CreatedSchedule(schedule=views.stored(after, after.kept[-1]))


def update_schedule(caller: Member, input: UpdateScheduleInput) -> UpdatedSchedule:
    def update(before: Schedules) -> Schedules:
        schedule = _found(before, input.schedule_id)
        after = before.replacing(_checked({**_fields(schedule), **_given(input)}))
        return after.with_default(schedule.id) if input.is_default else after

    before, after = _change(caller, update)
    return views.updated(before, after, _found(after, input.schedule_id))


def delete_schedule(caller: Member, input: DeleteScheduleInput) -> None:
    def delete(before: Schedules) -> Schedules:
        schedule = _found(before, input.schedule_id)
        if len(before.kept) == 1:
            raise Conflict("This is your only schedule; create another one and make it the default first")
        if schedule.id == before.default_id:
            raise Conflict("This is your default schedule; make another one the default first")
        return before.without(schedule.id)

    _change(caller, delete)


def _change(caller: Member, decide: Callable[[Schedules], Schedules]) -> tuple[Schedules, Schedules]:
    """Decide on what there is and write it, again if it was not so any more; before and after."""
    for _ in range(TRIES):
        before = _schedules(caller)
        after = decide(before)
        if after == before:
            return before, after
        try:
            store.commit(*store.changed_schedules(before, after))
        except store.ConditionFailed:
            continue
        return before, after
    raise TemporarilyUnavailable("Your schedules are being changed elsewhere; try again", retry_after_seconds=1)


def _schedules(caller: Member) -> Schedules:
    return store.load_schedules(caller.tenant_id, caller.user_id) or _first(caller)


def _first(caller: Member) -> Schedules:
    tenant = tenants.load_tenant(caller.tenant_id)
    if tenant is None:
        raise TenantNotFound("Your school does not exist any more")
    return first_schedules(tenant.id, caller.user_id, tenant.time_zone)


def _found(schedules: Schedules, schedule_id: int) -> KeptSchedule:
    schedule = schedules.find(schedule_id)
    if schedule is None:
        raise NotFound("You have no schedule with this id; viewer.availability.list shows those you have")
    return schedule


def _checked(fields: Fields) -> KeptSchedule:
    return parse(KeptSchedule, {to_camel(name): value for name, value in fields.items()}, whole="schedule")


def _fields(schedule: KeptSchedule) -> Fields:
    return {name: getattr(schedule, name) for name in type(schedule).model_fields}


def _given(input: CreateScheduleInput | UpdateScheduleInput) -> Fields:
    """The fields that a schedule gets by this input."""
    fields: Fields = {
        "name": input.name,
        "time_zone": input.time_zone,
        "schedule": _weekly(input.schedule),
        "availability": [window.model_dump() for window in input.availability],
        "date_overrides": _overrides(input.date_overrides),
    }
    given = {name: value for name, value in fields.items() if name in input.model_fields_set}
    if "schedule" in given:
        given["availability"] = given.get("availability") or given["schedule"]
        del given["schedule"]
    return given


def _weekly(week: Iterable[Iterable[WeekdayHours]]) -> list[Fields]:
    """The same hours of several days together, as Cal.com keeps them."""
    days: dict[tuple[time, ...], list[int]] = {}
    for day, ranges in enumerate(week):
        for hours in ranges:
            days.setdefault(tuple(hours.window.values()), []).append(day)
    return [{"days": on, "start_time": start, "end_time": end} for (start, end), on in days.items()]


def _overrides(ranges: Iterable[DateHours]) -> list[Fields]:
    windows: dict[date, list[Fields]] = {}
    for hours in ranges:
        of_the_day = windows.setdefault(hours.day, [])
        if hours.window["start_time"] != hours.window["end_time"]:
            of_the_day.append(hours.window)
    return [{"date": day, "windows": of_the_day} for day, of_the_day in windows.items()]
