"""Bringing Stripe in line with a booking that has ended: what is owed goes back, and nobody can pay for it any more.

As with seats (`booking.settling`), the booking is committed first. A message makes sure that this is done, however
often; whoever cancels does it at once too, so that they learn how it went.
"""

from contextlib import suppress
from datetime import timedelta

from immersio.booking import changes, payments, store
from immersio.booking.model import Booking, BookingStatus, Payment
from immersio.payment import stripe_checkout, stripe_refunds
from immersio.payment.model import RefundStatus, StripeRefund
from immersio.tenant import store as tenants
from immersio.tenant.model import Tenant
from kernel import clock
from kernel.errors import AppError, StripeNotConfigured, StripeUnavailable, TemporarilyUnavailable, TenantNotFound
from kernel.outbox import Message
from kernel.telemetry import logger

TRIES = 5
PATIENCE = timedelta(minutes=10)
"""For so long Immersio may wait to learn of a cancellation, because Stripe does not say what becomes of the money."""
LEFT = "account_left"
"""Why money cannot go back where a school has taken its account from our platform."""


def deliver(message: Message) -> None:
    """Raises while Stripe does not answer, so that it is tried again for days."""
    tenant_id, uid = int(message.tenant), message.payload["uid"]
    try:
        settle(tenant_id, uid)
    except StripeUnavailable:
        if clock.now() - message.created_at > PATIENCE:
            _tell_without_stripe(tenant_id, uid)
        raise


def settle_now(booking: Booking) -> Booking:
    """The same for somebody who waits; what does not work now, the message does later."""
    try:
        return settle(booking.tenant_id, booking.uid) or booking
    except AppError as failure:
        logger.warning("left for later", extra={"uid": booking.uid, "reason": type(failure).__name__})
        return store.load_booking(booking.tenant_id, booking.uid) or booking


def settle(tenant_id: int, uid: str) -> Booking | None:
    """The booking as it is then."""
    for _ in range(TRIES):
        booking = store.load_booking(tenant_id, uid)
        payment = booking.payment if booking else None
        if booking is None or payment is None:
            return booking
        with suppress(store.ConditionFailed):
            if booking.owes_refund:
                return _pay_back(booking, payment)
            if _may_be_paid(booking):
                return _close_page(booking, payment)
            return booking
    raise TemporarilyUnavailable("This booking is being changed elsewhere; try again", retry_after_seconds=1)


def _may_be_paid(booking: Booking) -> bool:
    payment = booking.payment
    has_page = payment is not None and payment.session_id is not None
    return has_page and booking.status is BookingStatus.CANCELLED and not booking.paid


def _pay_back(booking: Booking, payment: Payment) -> Booking:
    made = _refund(booking, payment)
    after, actions = changes.refunded(booking, _tenant(booking), made)
    store.commit(*actions)
    return after


def _refund(booking: Booking, payment: Payment) -> StripeRefund:
    intent = payment.payment_intent_id
    if intent is None:
        raise ValueError(f"{booking.uid} was paid, but not with what")
    try:
        made = stripe_refunds.refund(account_id=payment.account_id, payment_intent_id=intent, uid=booking.uid)
        is_part = made.status is not RefundStatus.FAILED and made.amount < payment.amount
        whole = stripe_refunds.load_refund(payment.account_id, intent, booking.uid) if is_part else None
    except StripeNotConfigured:
        return stripe_refunds.impossible(intent, booking.uid, LEFT)
    return whole or made


def _close_page(booking: Booking, payment: Payment) -> Booking | None:
    """Somebody may have been quicker, and have paid; then it goes on as when Stripe tells of it (INV-18)."""
    try:
        checkout = stripe_checkout.close_checkout(payment.account_id, payment.session_id or "")
    except StripeNotConfigured:
        return booking
    if checkout.is_paid:
        payments.take_payment(booking.tenant_id, payment.account_id, checkout)
        return store.load_booking(booking.tenant_id, booking.uid)
    return booking


def _tell_without_stripe(tenant_id: int, uid: str) -> None:
    booking = store.load_booking(tenant_id, uid)
    if booking and booking.owes_refund and booking.cancellation and not booking.cancellation.is_told:
        _, actions = changes.told_without_stripe(booking, _tenant(booking))
        with suppress(store.ConditionFailed):
            store.commit(*actions)


def _tenant(booking: Booking) -> Tenant:
    tenant = tenants.load_tenant(booking.tenant_id)
    if tenant is None:
        raise TenantNotFound("This booking's school does not exist any more")
    return tenant
