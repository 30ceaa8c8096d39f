"""POST /api/v1/webhooks/stripe: Stripe tells of payments, refunds, disputes and accounts.

Anything but 2xx asks Stripe to tell it again later.
"""

from immersio.booking import stripe_webhook
from immersio.payment.callers import Stripe
from immersio.payment.schemas import StripeReceipt
from kernel.errors import BookingNotFound, Conflict, StripeNotConfigured, StripeUnavailable, TenantNotFound
from kernel.http import endpoint


@endpoint(
    "POST /api/v1/webhooks/stripe",
    caller=Stripe,
    errors=(BookingNotFound, Conflict, StripeNotConfigured, StripeUnavailable, TenantNotFound),
)
def handler(caller: Stripe) -> StripeReceipt:
    return StripeReceipt(received=True, processed=stripe_webhook.handle(caller.event))
