"""Receivers in the table, which is encrypted at rest: a secret that signs cannot be kept as a hash."""

from datetime import datetime

from boto3.dynamodb.conditions import Attr

from immersio.webhook.model import Receiver
from kernel import clock, keys, table


def load_receiver(tenant_id: int) -> Receiver | None:
    row = table.get(keys.receiver(tenant_id))
    return Receiver.model_validate(row) if row else None


def new_receiver(receiver: Receiver) -> table.Put:
    key = keys.receiver(receiver.tenant_id)
    row = {**key._asdict(), "entity": "receiver", **receiver.model_dump(mode="json")}
    return table.Put(item=row, condition=Attr("pk").not_exists())


def disable_receiver(tenant_id: int, url: str, at: datetime) -> None:
    """Post no more to an address that answered 410, unless the school has set another since."""
    try:
        table.write(
            table.Update(
                key=keys.receiver(tenant_id),
                set={"disabled_at": clock.iso(at)},
                condition=Attr("url").eq(url),
            )
        )
    except table.ConditionFailed:
        return
