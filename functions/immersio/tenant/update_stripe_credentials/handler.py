"""immersio.tenant.updateStripeCredentials: the Stripe account that a school takes money on."""

from immersio.access.callers import Manager
from immersio.payment import service
from immersio.payment.schemas import UpdatedStripeCredentials, UpdateStripeCredentialsInput
from kernel.errors import StripeUnavailable, TenantNotFound
from kernel.trpc import mutation


@mutation("immersio.tenant.updateStripeCredentials", caller=Manager, errors=(StripeUnavailable, TenantNotFound))
def handler(caller: Manager, input: UpdateStripeCredentialsInput) -> UpdatedStripeCredentials:
    return service.update_stripe_credentials(caller, input)
