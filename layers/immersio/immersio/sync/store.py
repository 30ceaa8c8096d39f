"""Syncs in the table, and who of them runs: a sync works only as long as the lock is its own."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.conditions import Key as Where

from immersio.course.model import KnownCourse
from immersio.sync.model import KEPT, SILENCE, Lock, Sync, SyncType
from immersio.workshop.model import Shelf
from kernel import clock, keys, outbox, table
from kernel.outbox import Message

Action = table.Action
ConditionFailed = table.ConditionFailed
commit = table.write

AT_ONCE = 50


class Overtaken(Exception):
    """Somebody else has gone on with this sync, or began another: nothing is left to do here."""


def load_sync(tenant_id: int, sync_id: int) -> Sync | None:
    row = table.get(keys.sync(tenant_id, sync_id))
    return Sync.model_validate(row) if row else None


def latest_syncs(tenant_id: int, sync_type: SyncType | None, limit: int) -> list[Sync]:
    """The newest first; of one kind, if that is asked for."""
    rows = table.query(Where("pk").eq(keys.syncs(tenant_id)), descending=True, limit=None if sync_type else limit)
    found = (Sync.model_validate(row) for row in rows)
    return list(islice((sync for sync in found if sync_type in (None, sync.sync_type)), limit))


def load_lock(tenant_id: int) -> Lock:
    row = table.get(keys.running_sync(tenant_id))
    return Lock.model_validate(row) if row else Lock()


def taken(before: Lock, sync: Sync, until: datetime) -> table.Update:
    """The lock is this sync's; it fails if it is not as it was read."""
    as_read = (
        Attr("sync_id").not_exists()
        if before.sync_id is None
        else Attr("sync_id").eq(before.sync_id) & Attr("until").eq(clock.iso(before.until or until))
    )
    return table.Update(
        key=keys.running_sync(sync.tenant_id),
        set={"entity": "running_sync", "sync_id": sync.id, "until": clock.iso(until)},
        condition=as_read,
    )


def new_sync(sync: Sync) -> table.Put:
    return table.Put(item=_row(sync), condition=Attr("pk").not_exists())


def ended_for(before: Sync, after: Sync) -> table.Put:
    """What became of a sync that has lost its lock."""
    return table.Put(item=_row(after), condition=Attr("revision").eq(before.revision))


def save(before: Sync, after: Sync, *actions: Action, goes_on_at: datetime | None = None) -> Sync:
    """Commit how far a sync came, with what it found; the lock is its own for longer."""
    key, until = keys.running_sync(after.tenant_id), (goes_on_at or clock.now()) + SILENCE
    renewed = table.Update(key=key, set={"until": clock.iso(until)}, condition=Attr("sync_id").eq(after.id))
    return _saved(before, after, renewed, *actions)


def finish(before: Sync, after: Sync, org_id: str | None) -> Sync:
    """Commit that it is over; from an organisation whose courses were all read, the next one asks what changed."""
    known = {"known_as_of": clock.iso(after.as_of), "org_id": org_id} if org_id and after.as_of else {}
    released = table.Update(
        key=keys.running_sync(after.tenant_id),
        set=known,
        remove=("sync_id", "until"),
        condition=Attr("sync_id").eq(after.id),
    )
    return _saved(before, after, released)


def send(messages: Iterable[Message]) -> None:
    """Each is a duty of its own, so not all of them have to be in one commit."""
    waiting = [outbox.put(message) for message in messages]
    for start in range(0, len(waiting), AT_ONCE):
        table.write(*waiting[start : start + AT_ONCE])


def _saved(before: Sync, after: Sync, lock: table.Update, *actions: Action) -> Sync:
    """What else is in the commit comes first, so that its positions are those of its own conditions."""
    revised = after.model_copy(update={"revision": before.revision + 1})
    row = table.Put(item=_row(revised), condition=Attr("revision").eq(before.revision))
    try:
        table.write(*actions, row, lock)
    except ConditionFailed as lost:
        if lost.failed(len(actions)) or lost.failed(len(actions) + 1):
            raise Overtaken from lost
        raise
    return revised


def _row(sync: Sync) -> table.Item:
    ttl = clock.epoch(sync.started_at + KEPT)
    return {
        **keys.sync(sync.tenant_id, sync.id)._asdict(),
        "entity": "sync",
        **sync.model_dump(mode="json"),
        "ttl": ttl,
    }


def load_courses(tenant_id: int, course_ids: Iterable[str]) -> dict[str, KnownCourse]:
    found = table.get_all(keys.course(tenant_id, course_id) for course_id in course_ids)
    return {course.id: course for course in map(KnownCourse.model_validate, found.values())}


def courses_after(tenant_id: int, course_id: str | None, limit: int) -> list[KnownCourse]:
    """A school's courses in the order of their ids, behind one of them."""
    first, last = keys.course(tenant_id, course_id or ""), keys.course(tenant_id, "\U0010ffff")
    rows = table.query(Where("pk").eq(first.pk) & Where("sk").between(first.sk, last.sk), limit=limit + 1)
    found = map(KnownCourse.model_validate, rows)
    return [course for course in found if course.id != course_id][:limit]


def of_workshops(tenant_id: int, course_ids: Iterable[str]) -> list[str]:
    """Those that some workshop is of, in the same order."""
    lists = {
        course_id: keys.workshop_count(tenant_id, *Shelf(immersio_course_id=course_id)) for course_id in course_ids
    }
    found = table.get_all(lists.values())
    return [course_id for course_id, key in lists.items() if found.get(key, {}).get("workshops")]
