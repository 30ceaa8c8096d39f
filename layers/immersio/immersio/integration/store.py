"""Integrations in the table, which is encrypted at rest: a secret that signs cannot be kept as a hash."""

from datetime import datetime

from boto3.dynamodb.conditions import Attr

from immersio.integration.model import Integration
from kernel import clock, keys, table


def load_integration(tenant_id: int) -> Integration | None:
    row = table.get(keys.integration(tenant_id))
    return Integration.model_validate(row) if row else None


def new_integration(integration: Integration) -> table.Put:
    key = keys.integration(integration.tenant_id)
    row = {**key._asdict(), "entity": "integration", **integration.model_dump(mode="json")}
    return table.Put(item=row, condition=Attr("pk").not_exists())


def disable_receiver(tenant_id: int, webhook_url: str, at: datetime) -> None:
    """Post no more to an address that answered 410, unless the school has set another since."""
    try:
        table.write(
            table.Update(
                key=keys.integration(tenant_id),
                set={"disabled_at": clock.iso(at)},
                condition=Attr("webhook_url").eq(webhook_url),
            )
        )
    except table.ConditionFailed:
        return
