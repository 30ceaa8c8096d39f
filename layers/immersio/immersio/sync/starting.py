"""A sync begins: because somebody asks for it, or because it is time; how one works is told in `sync.chain`."""

from immersio.integration.service import connected
from immersio.sync import duties, store
from immersio.sync.model import SILENCE, Lock, Sync
from immersio.tenant import store as tenants
from kernel import clock, outbox
from kernel.errors import ImmersioNotConnected, SyncInProgress
from kernel.outbox import Message

CRASHED = "It stopped in the middle, and was given up when the next one began"


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
        start(tenant_id, sync_id, is_full=is_full)
    except ImmersioNotConnected:
        return
    except SyncInProgress:
        if is_full:
            raise


def start(tenant_id: int, sync_id: int, *, is_full: bool) -> Sync:
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
