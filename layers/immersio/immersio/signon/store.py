"""What is kept of those who come from Immersio: whose organisation it is, who they are here, and the tokens used."""

from datetime import UTC, datetime, timedelta

from boto3.dynamodb.conditions import Attr

from immersio.integration import store as integrations
from immersio.signon.model import Claims
from immersio.tenant import store as tenants
from immersio.tenant.model import Tenant
from kernel import clock, ids, keys, table

commit = table.write
ConditionFailed = table.ConditionFailed
KEPT_AFTER_EXPIRY = timedelta(hours=1)
"""Longer than a token is taken after it has expired."""


def find_school(org_id: str) -> Tenant | None:
    """The school that an organisation belongs to, if it is the school's still."""
    tenant_id = integrations.find_tenant_id(org_id)
    tenant = tenants.load_tenant(tenant_id) if tenant_id else None
    return tenant if tenant and tenant.immersio_org_id == org_id else None


def find_user_id(tenant_id: int, subject: str) -> int | None:
    """Who of us somebody at Immersio is."""
    row = table.get(keys.immersio_user(tenant_id, subject))
    return int(row["user_id"]) if row else None


def linked(tenant_id: int, subject: str, user_id: int) -> table.Put:
    row = {"entity": "immersio_user", "user_id": user_id, **keys.immersio_user(tenant_id, subject)._asdict()}
    return table.Put(item=row, condition=Attr("pk").not_exists())


def used(tenant_id: int, claims: Claims) -> table.Put:
    """It fails where this token was used before, for as long as it could be used again."""
    key = keys.signon_token(tenant_id, ids.fingerprint(claims.jti))
    ends = datetime.fromtimestamp(claims.exp, UTC) + KEPT_AFTER_EXPIRY
    row = {"entity": "signon_token", "ttl": clock.epoch(ends), **key._asdict()}
    return table.Put(item=row, condition=Attr("pk").not_exists())
