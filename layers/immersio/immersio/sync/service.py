"""To begin a sync, and what became of the last ones; how one works is told in `immersio.sync.chain`."""

from immersio.access.callers import Manager
from immersio.integration.service import connected
from immersio.sync import duties, store
from immersio.sync.model import SILENCE, Lock, Sync
from immersio.sync.schemas import (
    GetSyncHistoryInput,
    SyncCoursesInput,
    SyncFailure,
    SyncHistory,
    SyncLog,
    SyncView,
)
from immersio.tenant import store as tenants
from kernel import clock, ids, outbox
from kernel.errors import ImmersioNotConnected, SyncInProgress
from kernel.outbox import Message

CRASHED = "It stopped in the middle, and was given up when the next one began"


def sync_courses(caller: Manager, input: SyncCoursesInput) -> SyncView:
    sync = _start(caller.tenant_id, ids.new_number(), is_full=input.full_sync)
    return SyncView(
        sync_id=sync.id,
        status=sync.status,
        courses_found=sync.courses_found,
        courses_updated=sync.courses_updated,
        courses_created=sync.courses_created,
        errors=[SyncFailure(**failure.model_dump()) for failure in sync.errors],
    )


def get_sync_history(caller: Manager, input: GetSyncHistoryInput) -> SyncHistory:
    found = store.latest_syncs(caller.tenant_id, input.sync_type, input.limit)
    return SyncHistory(logs=[_log(sync) for sync in found])


def sync_all_schools(*, is_full: bool) -> int:
    """A message for each school that is connected; how many there are."""
    schools = [tenant.id for tenant in tenants.all_tenants() if tenant.immersio_connected]
    store.send(duties.of_school(tenant_id, is_full=is_full) for tenant_id in schools)
    return len(schools)


def sync_school(message: Message) -> None:
    """Begin what is due, once. Where one runs, a full one waits for its end; the others would find nothing new."""
    tenant_id, sync_id, is_full = int(message.tenant), message.payload["sync_id"], message.payload["is_full"]
    if store.load_sync(tenant_id, sync_id):
        return
    try:
        _start(tenant_id, sync_id, is_full=is_full)
    except ImmersioNotConnected:
        return
    except SyncInProgress:
        if is_full:
            raise


def _start(tenant_id: int, sync_id: int, *, is_full: bool) -> Sync:
    """The lock, the sync and its first step are one commit."""
    integration, now, lock = connected(tenant_id), clock.now(), store.load_lock(tenant_id)
    if lock.holds(now):
        raise _in_progress(lock)
    since = None if is_full else lock.known_since(integration.org_id)
    sync = Sync(tenant_id=tenant_id, id=sync_id, is_full=since is None, since=since, started_at=now)
    first = outbox.put(duties.of_step(sync))
    try:
        store.commit(store.taken(lock, sync, now + SILENCE), store.new_sync(sync), first, *_given_up(tenant_id, lock))
    except store.ConditionFailed:
        raise _in_progress(store.load_lock(tenant_id)) from None
    return sync


def _given_up(tenant_id: int, lock: Lock) -> list[store.Action]:
    """A sync that lost its lock is said to have failed."""
    crashed = store.load_sync(tenant_id, lock.sync_id) if lock.sync_id else None
    if crashed is None:
        return []
    return [store.ended_for(crashed, crashed.ended(clock.now(), CRASHED))]


def _in_progress(lock: Lock) -> SyncInProgress:
    return SyncInProgress(
        "A sync is running; wait until immersio.integration.getSyncHistory shows that it is done",
        {"syncId": lock.sync_id},
    )


def _log(sync: Sync) -> SyncLog:
    return SyncLog(
        id=sync.id,
        sync_type=sync.sync_type,
        direction="pull",
        status=sync.status,
        records_processed=sync.processed,
        records_failed=sync.failed,
        started_at=sync.started_at,
        completed_at=sync.completed_at,
        error_details=_details(sync),
    )


def _details(sync: Sync) -> dict[str, object] | None:
    errors = [{"courseId": failure.course_id, "error": failure.error} for failure in sync.errors]
    if not errors and not sync.reason and not sync.failed:
        return None
    return {"message": sync.reason, "errors": errors}
