"""A school's Stripe account in the table."""

from boto3.dynamodb.conditions import Attr

from immersio.payment.model import StripeCredentials
from immersio.tenant import store as tenants
from kernel import keys, table

commit = table.write
ConditionFailed = table.ConditionFailed
Action = table.Action


def load_credentials(tenant_id: int) -> StripeCredentials | None:
    """The account a school uses now."""
    row = table.get(keys.stripe_credentials(tenant_id))
    return StripeCredentials.model_validate(row) if row else None


def load_owner(account_id: str) -> tuple[int, int] | None:
    """The tenant whose account this is, or once was, and the id of its credentials."""
    row = table.get(keys.stripe_account(account_id))
    return (row["tenant_id"], row["credential_id"]) if row else None


def left(tenant_id: int, account_id: str) -> list[table.Action]:
    """The school uses no account; whose it was is kept, for what Stripe still tells of it."""
    credentials = table.Delete(key=keys.stripe_credentials(tenant_id), condition=Attr("account_id").eq(account_id))
    return [tenants.disconnected_stripe(tenant_id, account_id), credentials]


def used_credentials(credentials: StripeCredentials) -> list[table.Action]:
    """The account becomes the school's, and the one it uses; it fails if it is another's, or has another id by now.

    The row of an account that was used before stays: Stripe tells of its refunds and disputes for months.
    """
    account = {
        **keys.stripe_account(credentials.account_id)._asdict(),
        "entity": "stripe_account",
        "tenant_id": credentials.tenant_id,
        "credential_id": credentials.id,
    }
    ours = Attr("tenant_id").eq(credentials.tenant_id) & Attr("credential_id").eq(credentials.id)
    key = keys.stripe_credentials(credentials.tenant_id)
    row = {**key._asdict(), "entity": "stripe_credentials", **credentials.model_dump(mode="json")}
    return [table.Put(item=account, condition=Attr("pk").not_exists() | ours), table.Put(item=row)]
