"""Schedules in the table: one row each, and one for what holds for all of a user's."""

from collections.abc import Iterable, Iterator

from boto3.dynamodb.conditions import Attr, ConditionBase
from boto3.dynamodb.conditions import Key as Where

from immersio.schedule.model import KeptSchedule, Schedules
from kernel import keys, table

commit = table.write
ConditionFailed = table.ConditionFailed

Used = tuple[int, int | None]
"""A user, and the id of one of their schedules; None is their default."""


def load_schedules(tenant_id: int, user_id: int) -> Schedules | None:
    """A user's schedules in the order they were made, or None as long as nothing was changed about them."""
    mine = Where("pk").eq(keys.member(tenant_id, user_id)) & Where("sk").between(*keys.schedules_between())
    found = list(table.query(mine))
    if not found:
        return None
    *rows, common = found
    kept = sorted(map(KeptSchedule.model_validate, rows), key=lambda schedule: schedule.id)
    return Schedules.model_validate({**common, "kept": kept})


def load_used(tenant_id: int, used: Iterable[Used]) -> dict[Used, KeptSchedule]:
    """Several schedules at once; where there is none of that id, and for None, the user's default.

    Of users who never changed anything about theirs, nothing is found.
    """
    wanted = set(used)
    common = table.get_all(keys.schedules(tenant_id, user_id) for user_id, _ in wanted).values()
    defaults = {row["user_id"]: row["default_id"] for row in common}
    places = {
        (user_id, named): [keys.schedule(tenant_id, user_id, one) for one in (named, defaults.get(user_id)) if one]
        for user_id, named in wanted
    }
    rows = table.get_all(key for either in places.values() for key in either)
    found = {one: [rows[key] for key in either if key in rows] for one, either in places.items()}
    return {one: KeptSchedule.model_validate(either[0]) for one, either in found.items() if either}


def changed_schedules(before: Schedules, after: Schedules) -> list[table.Action]:
    """Everything that became different; it fails if anybody else changed something since `before` was read."""
    return [_common_row(before, after), *_written(before, after), *_deleted(before, after)]


def _common_row(before: Schedules, after: Schedules) -> table.Action:
    key = keys.schedules(after.tenant_id, after.user_id)
    common = {**after.model_dump(exclude={"kept"}), "revision": before.revision + 1}
    unchanged = Attr("revision").eq(before.revision) if before.revision else Attr("pk").not_exists()
    return table.Put(item={**key._asdict(), "entity": "schedules", **common}, condition=unchanged)


def _written(before: Schedules, after: Schedules) -> Iterator[table.Action]:
    stored = before.kept if before.revision else ()
    known = {schedule.id for schedule in stored}
    for schedule in after.kept:
        if schedule not in stored:
            yield _put(after, schedule, None if schedule.id in known else Attr("pk").not_exists())


def _put(owner: Schedules, schedule: KeptSchedule, condition: ConditionBase | None) -> table.Action:
    key = keys.schedule(owner.tenant_id, owner.user_id, schedule.id)
    row = {"tenant_id": owner.tenant_id, "user_id": owner.user_id, **schedule.model_dump(mode="json")}
    return table.Put(item={**key._asdict(), "entity": "schedule", **row}, condition=condition)


def _deleted(before: Schedules, after: Schedules) -> Iterator[table.Action]:
    for schedule in before.kept if before.revision else ():
        if after.find(schedule.id) is None:
            yield table.Delete(key=keys.schedule(after.tenant_id, after.user_id, schedule.id))
