"""immersio.integration.getSyncHistory: the school's last syncs, and what could not be read in them."""

from immersio.access.callers import Manager
from immersio.sync import service
from immersio.sync.schemas import GetSyncHistoryInput, SyncHistory
from kernel.trpc import query


@query("immersio.integration.getSyncHistory", caller=Manager)
def handler(caller: Manager, input: GetSyncHistoryInput) -> SyncHistory:
    return service.get_sync_history(caller, input)
