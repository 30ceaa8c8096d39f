"""Receivers in the table, which is encrypted at rest: a secret that signs cannot be kept as a hash."""

from datetime import datetime

from boto3.dynamodb.conditions import Attr

from immersio.webhook.model import Receiver
from kernel import clock, keys, table

Actions = list[table.Action]


def load_receiver(tenant_id: int) -> Receiver | None:
    row = table.get(keys.receiver(tenant_id))
    return Receiver.model_validate(row) if row else None


def new_receiver(receiver: Receiver) -> table.Put:
    key = keys.receiver(receiver.tenant_id)
    row = {**key._asdict(), "entity": "receiver", **receiver.model_dump(mode="json")}
    return table.Put(item=row, condition=Attr("pk").not_exists())


def receiving_again(tenant_id: int, url: str | None) -> table.Update:
    """It is told again if it was switched off, at another address if one is given."""
    return table.Update(
        key=keys.receiver(tenant_id),
        set={} if url is None else {"url": url},
        remove=("disabled_at", "failing_since"),
        condition=Attr("pk").exists(),
    )


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
