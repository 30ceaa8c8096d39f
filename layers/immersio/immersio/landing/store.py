"""Landing pages in the table: a row once somebody has changed or published one."""

from boto3.dynamodb.conditions import Attr

from immersio.landing.model import LandingPage, first_page
from immersio.tenant.model import Tenant
from kernel import keys, table

commit = table.write
Action = table.Action
ConditionFailed = table.ConditionFailed


def load_page(tenant: Tenant) -> LandingPage:
    row = table.get(keys.landing_page(tenant.id))
    return LandingPage.model_validate(row) if row else first_page(tenant)


def changed_page(before: LandingPage, after: LandingPage) -> table.Put:
    """It fails if anybody else changed something since `before` was read."""
    as_read = Attr("revision").eq(before.revision) if before.revision else Attr("pk").not_exists()
    row = after.model_copy(update={"revision": before.revision + 1}).model_dump(mode="json")
    key = keys.landing_page(after.tenant_id)
    return table.Put(item={**key._asdict(), "entity": "landing_page", **row}, condition=as_read)
