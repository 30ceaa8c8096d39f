"""Connections in the table, which is encrypted at rest: a key that is sent along cannot be kept as a hash."""

from boto3.dynamodb.conditions import Attr

from immersio.integration.model import Integration
from kernel import keys, table

commit = table.write
Action = table.Action
ConditionFailed = table.ConditionFailed


def load_integration(tenant_id: int) -> Integration | None:
    row = table.get(keys.integration(tenant_id))
    return Integration.model_validate(row) if row else None


def save_integration(integration: Integration) -> table.Put:
    """It fails where a connection of another number was made meanwhile."""
    key = keys.integration(integration.tenant_id)
    row = {**key._asdict(), "entity": "integration", **integration.model_dump(mode="json")}
    return table.Put(item=row, condition=Attr("pk").not_exists() | Attr("id").eq(integration.id))


def find_tenant_id(org_id: str) -> int | None:
    """Whose organisation it is."""
    row = table.get(keys.immersio_organization(org_id))
    return int(row["tenant_id"]) if row else None


def claimed(tenant_id: int, org_id: str) -> table.Put:
    """An organisation is one school's; it fails where it is another's."""
    key = keys.immersio_organization(org_id)
    row = {**key._asdict(), "entity": "immersio_organization", "tenant_id": tenant_id}
    return table.Put(item=row, condition=Attr("pk").not_exists() | Attr("tenant_id").eq(tenant_id))


def given_up(tenant_id: int, org_id: str) -> table.Delete:
    """The organisation may be another school's."""
    return table.Delete(key=keys.immersio_organization(org_id), condition=Attr("tenant_id").eq(tenant_id))
