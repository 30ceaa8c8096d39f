"""Schools in the table."""

from collections.abc import Iterator
from datetime import datetime

from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.conditions import Key as Where

from immersio.tenant.model import Tenant
from immersio.tenant.plan import UNLIMITED
from kernel import clock, keys, table

Action = table.Action
commit = table.write
ConditionFailed = table.ConditionFailed


def load_tenant(tenant_id: int) -> Tenant | None:
    row = table.get(keys.tenant(tenant_id))
    return Tenant.model_validate(row) if row else None


def new_tenant(tenant: Tenant, teachers: int) -> list[table.Action]:
    """The school, its usage, and first of all its slug, which only one school can have."""
    slug = {**keys.tenant_slug(tenant.slug)._asdict(), "entity": "tenant_slug", "tenant_id": tenant.id}
    usage = {**keys.tenant_usage(tenant.id)._asdict(), "entity": "tenant_usage", "teachers": teachers}
    key = {**keys.tenant(tenant.id)._asdict(), **keys.tenant_index(tenant.id)._asdict()}
    row = {**key, "entity": "tenant", **tenant.model_dump(mode="json")}
    return [table.Put(item=item, condition=Attr("pk").not_exists()) for item in (slug, usage, row)]


def find_tenant(slug: str) -> Tenant | None:
    """A school by its name in addresses."""
    row = table.get(keys.tenant_slug(slug))
    return load_tenant(row["tenant_id"]) if row else None


def all_tenants() -> Iterator[Tenant]:
    return map(Tenant.model_validate, table.query(Where("gsi1pk").eq(keys.all_tenants()), index="gsi1"))


def connected_stripe(tenant_id: int, account_id: str) -> table.Update:
    """From now on the school takes money on this account."""
    return table.Update(
        key=keys.tenant(tenant_id),
        set={"stripe_account_id": account_id, "stripe_can_charge": True},
        condition=Attr("pk").exists(),
    )


def disconnected_stripe(tenant_id: int, account_id: str) -> table.Update:
    """It takes no money, if this was its account."""
    return table.Update(
        key=keys.tenant(tenant_id),
        remove=("stripe_account_id",),
        condition=Attr("stripe_account_id").eq(account_id),
    )


def stripe_may_charge(tenant_id: int, account_id: str, can_charge: bool) -> table.Update:
    """It fails if the school does not use this account, or if this is known."""
    other = Attr("stripe_can_charge").ne(can_charge)
    return table.Update(
        key=keys.tenant(tenant_id),
        set={"stripe_can_charge": can_charge},
        condition=Attr("stripe_account_id").eq(account_id) & other,
    )


def connected_immersio(tenant_id: int, org_id: str, at: datetime) -> table.Update:
    """From now on the school is this organisation at Immersio."""
    return table.Update(
        key=keys.tenant(tenant_id),
        set={"immersio_org_id": org_id, "immersio_connected_at": clock.iso(at)},
        condition=Attr("pk").exists(),
    )


def new_logo(tenant_id: int, url: str | None) -> table.Update:
    """None: it has none any more."""
    return table.Update(key=keys.tenant(tenant_id), set={"logo_url": url}, condition=Attr("pk").exists())


def published_landing_page(tenant_id: int) -> table.Update:
    """The public sees it from now on."""
    key = keys.tenant(tenant_id)
    return table.Update(key=key, set={"landing_page_published": True}, condition=Attr("pk").exists())


def use_one(tenant_id: int, what: str, limit: int) -> table.Update:
    """One more of what the plan limits, `teachers` or `workshops`; it fails where all are used (INV-07)."""
    free = None if limit == UNLIMITED else Attr(what).not_exists() | Attr(what).lt(limit)
    return table.Update(key=keys.tenant_usage(tenant_id), add={what: 1}, condition=free)


def free(tenant_id: int, what: str, how_many: int = 1) -> table.Update:
    return table.Update(key=keys.tenant_usage(tenant_id), add={what: -how_many})


def use_one_now(tenant_id: int, what: str, limit: int) -> bool:
    """The same outside of any transaction, for what many use in one moment; False where all are used."""
    try:
        table.change(use_one(tenant_id, what, limit))
    except ConditionFailed:
        return False
    return True


def free_one_now(tenant_id: int, what: str) -> None:
    table.change(free(tenant_id, what))


def correct_usage(tenant_id: int, what: str, before: int, after: int) -> bool:
    """Set right what was miscounted; False where it is not as it was read."""
    as_read = Attr(what).eq(before) if before else Attr(what).not_exists() | Attr(what).eq(0)
    try:
        table.change(table.Update(key=keys.tenant_usage(tenant_id), set={what: after}, condition=as_read))
    except ConditionFailed:
        return False
    return True


def load_usage(tenant_id: int) -> dict[str, int]:
    """How much a school uses of everything that is counted; what it never used is missing."""
    row = table.get(keys.tenant_usage(tenant_id)) or {}
    return {name: count for name, count in row.items() if isinstance(count, int)}
