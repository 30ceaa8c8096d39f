"""What the managers of a school settle about money."""

from immersio.access.callers import Manager
from immersio.payment import store, stripe_api
from immersio.payment.model import ConnectedAccount, StripeCredentials
from immersio.payment.schemas import UpdatedStripeCredentials, UpdateStripeCredentialsInput
from immersio.tenant import store as tenants
from kernel import clock, ids
from kernel.errors import InvalidInput, TemporarilyUnavailable, TenantNotFound

TRIES = 3
"""Only somebody who connects the same account in this moment can be in the way."""
MOST_NAMED = 5


def update_stripe_credentials(caller: Manager, input: UpdateStripeCredentialsInput) -> UpdatedStripeCredentials:
    """Take money on this account from now on; Stripe is asked first, or it could reach a stranger."""
    _check_mode(input)
    account = stripe_api.connected_account(input.stripe_account_id)
    for _ in range(TRIES):
        credentials = _credentials(caller, input, account)
        school = tenants.connected_stripe(caller.tenant_id, credentials.account_id)
        try:
            store.commit(school, *store.used_credentials(credentials))
        except store.ConditionFailed as failure:
            if failure.failed(0):
                raise TenantNotFound("Your school does not exist any more") from None
            continue
        return UpdatedStripeCredentials(success=True, credential_id=credentials.id)
    raise TemporarilyUnavailable("This account is being connected elsewhere; try again", retry_after_seconds=1)


def _check_mode(input: UpdateStripeCredentialsInput) -> None:
    if input.livemode is not stripe_api.is_live():
        right, here = ("pk_test_", "test") if input.livemode else ("pk_live_", "live")
        raise InvalidInput.field("stripePublishableKey", f"must start with {right}: here Stripe is in {here} mode")


def _credentials(
    caller: Manager, input: UpdateStripeCredentialsInput, account: ConnectedAccount | None
) -> StripeCredentials:
    owner, known_id = store.load_owner(input.stripe_account_id) or (caller.tenant_id, ids.new_number())
    if account is None or owner != caller.tenant_id:
        raise _not_theirs()
    _check_can_charge(account)
    return StripeCredentials(
        tenant_id=caller.tenant_id,
        id=known_id,
        account_id=account.id,
        publishable_key=input.stripe_publishable_key,
        livemode=input.livemode,
        changed_at=clock.now(),
        changed_by=caller.user_id,
    )


def _not_theirs() -> InvalidInput:
    """The same for an account that is not there, not connected or another school's (INV-23)."""
    rule = "is no account your school can use: connect it to our platform at Stripe first, and compare the id"
    return InvalidInput.field("stripeAccountId", rule)


def _check_can_charge(account: ConnectedAccount) -> None:
    if not account.charges_enabled:
        missing = f" ({', '.join(account.missing[:MOST_NAMED])})" if account.missing else ""
        rule = f"cannot take payments yet: give Stripe what it still asks for{missing} in your dashboard there"
        raise InvalidInput.field("stripeAccountId", rule)
