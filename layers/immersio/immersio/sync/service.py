"""What the people of a school do with syncs: they begin one, and look what became of the last ones."""

from immersio.access.callers import Manager
from immersio.sync import starting, store
from immersio.sync.model import Sync
from immersio.sync.schemas import (
    GetSyncHistoryInput,
    SyncCoursesInput,
    SyncFailure,
    SyncHistory,
    SyncLog,
    SyncView,
)
from kernel import ids


def sync_courses(caller: Manager, input: SyncCoursesInput) -> SyncView:
    sync = starting.start(caller.tenant_id, ids.new_number(), is_full=input.full_sync)
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
