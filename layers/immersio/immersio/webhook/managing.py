"""What those who run a school see of its deliveries, and do about them."""

from immersio.access.callers import Manager
from immersio.webhook import replaying, store, views
from immersio.webhook.model import Receiver
from immersio.webhook.schemas import DeliveriesPage, ListDeliveriesInput, Replayed, ReplayInput, RotatedSecret
from kernel import clock, delivery, ids, outbox
from kernel.errors import Conflict, ImmersioNotConnected, NotFound


def list_deliveries(caller: Manager, input: ListDeliveriesInput) -> DeliveriesPage:
    found = store.page_of_events(caller.tenant_id, input.statuses, input.first, input.limit)
    return DeliveriesPage(
        deliveries=[views.delivery(message) for message in found if message.status in input.statuses],
        total_count=store.count_events(caller.tenant_id, input.statuses),
    )


def replay(caller: Manager, input: ReplayInput) -> Replayed:
    """Under the old ids, with new timestamps and signatures (INV-28)."""
    _require_receiver(caller.tenant_id)
    if "webhook_id" in input.model_fields_set:
        return _replay_one(caller.tenant_id, input.webhook_id)
    until = clock.now()
    untold = store.count_events(caller.tenant_id, replaying.UNTOLD, since=input.since)
    if untold:
        store.commit(outbox.put(replaying.owed(caller.tenant_id, input.since, until)))
    return Replayed(success=True, replayed=untold)


def rotate_secret(caller: Manager) -> RotatedSecret:
    """The receiver has a day to change over: until then everything is signed with both."""
    before, now = store.load_receiver(caller.tenant_id), clock.now()
    value = ids.new_signing_secret()
    after = before.with_new_secret(value, now) if before else Receiver.new(caller.tenant_id, None, value, now)
    try:
        store.commit(store.changed_secrets(before, after) if before else store.new_receiver(after))
    except store.ConditionFailed:
        raise Conflict("The secret was changed by somebody else in the same moment; look at theirs first") from None
    new, *former = after.secrets
    return RotatedSecret(secret=new.value, previous_valid_until=former[0].valid_until if former else None)


def _replay_one(tenant_id: int, webhook_id: str) -> Replayed:
    """Whatever its status; one that is just being told is told at once already."""
    message = store.load_event(tenant_id, webhook_id)
    if message is None:
        raise NotFound("webhookId: there is no such delivery; listDeliveries has those of the last 30 days")
    delivery.replay(message)
    return Replayed(success=True, replayed=1)


def _require_receiver(tenant_id: int) -> None:
    receiver = store.load_receiver(tenant_id)
    if receiver is None or receiver.url is None:
        raise ImmersioNotConnected("There is nobody to tell: connect Immersio with a webhookUrl first")
    if receiver.disabled_at:
        raise ImmersioNotConnected(
            "Your webhookUrl is switched off, since it wanted no more or failed for days; connect Immersio again first"
        )
