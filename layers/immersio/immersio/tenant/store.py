"""Schools in the table."""

from boto3.dynamodb.conditions import Attr

from immersio.tenant.model import Tenant
from kernel import keys, table

commit = table.write
ConditionFailed = table.ConditionFailed


def load_tenant(tenant_id: int) -> Tenant | None:
    row = table.get(keys.tenant(tenant_id))
    return Tenant.model_validate(row) if row else None


def new_tenant(tenant: Tenant, teachers: int) -> list[table.Action]:
    """The school, its usage, and first of all its slug, which only one school can have."""
    slug = {**keys.tenant_slug(tenant.slug)._asdict(), "entity": "tenant_slug", "tenant_id": tenant.id}
    usage = {**keys.tenant_usage(tenant.id)._asdict(), "entity": "tenant_usage", "teachers": teachers}
    row = {**keys.tenant(tenant.id)._asdict(), "entity": "tenant", **tenant.model_dump(mode="json")}
    return [table.Put(item=item, condition=Attr("pk").not_exists()) for item in (slug, usage, row)]
