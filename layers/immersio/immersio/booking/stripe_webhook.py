"""Stripe's events, each with what it is about; what is not ours changes nothing and is logged (INV-15)."""

from immersio.booking import payments
from immersio.payment import accounts, stripe_api
from immersio.payment import store as accounts_store
from immersio.payment.model import Checkout, ConnectedAccount, Dispute, FailedPayment, StripeEvent, StripeRefund
from kernel.telemetry import logger

LEFT = "account.application.deauthorized"
FAILED_LATER = "checkout.session.async_payment_failed"


def handle(event: StripeEvent) -> bool:
    """Whether it changed anything. Raises where Stripe has to tell it again."""
    known = {"stripe_event": event.id, "type": event.type, "account": event.account_id}
    owner = accounts_store.load_owner(event.account_id) if event.account_id else None
    if event.account_id is None or owner is None or event.livemode is not stripe_api.is_live():
        logger.warning("an event of Stripe's that is not for us", extra={**known, "livemode": event.livemode})
        return False
    changed = _of_a_school(event, owner[0], event.account_id)
    logger.info("an event of Stripe's", extra={**known, "changed": changed})
    return changed


def _of_a_school(event: StripeEvent, tenant_id: int, account_id: str) -> bool:
    match event.subject:
        case Checkout() as checkout:
            return _of_a_page(event, tenant_id, account_id, checkout)
        case FailedPayment() as failed:
            return payments.note_decline(tenant_id, account_id, failed)
        case StripeRefund() as refund:
            return payments.take_refund(tenant_id, account_id, refund)
        case Dispute() as dispute:
            return payments.take_dispute(tenant_id, account_id, dispute)
        case ConnectedAccount() as account:
            return accounts.note(tenant_id, account)
        case None:
            return event.type == LEFT and accounts.leave(tenant_id, account_id)


def _of_a_page(event: StripeEvent, tenant_id: int, account_id: str, checkout: Checkout) -> bool:
    if event.type == FAILED_LATER:
        return payments.fail_payment(tenant_id, account_id, checkout)
    if checkout.is_paid:
        return payments.take_payment(tenant_id, account_id, checkout)
    if checkout.status == "expired":
        return payments.end_payment(tenant_id, account_id, checkout)
    return payments.await_payment(tenant_id, account_id, checkout)
