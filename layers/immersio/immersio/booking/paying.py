"""How a student comes to pay: the price as it is agreed on, and Stripe's page for it.

The booking is committed before Stripe hears of it, and Stripe is asked with words that stand in the booking, under its
uid. So whoever asks again, after whatever crash, gets the same page.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from immersio.booking import changes, links, store
from immersio.booking.ending import end
from immersio.booking.model import Booking, BookingStatus, CancelledBy, Payment
from immersio.booking.settling import settle
from immersio.payment import stripe_checkout
from immersio.payment.model import Order
from immersio.tenant.model import Tenant
from immersio.workshop.model import Workshop
from kernel import clock, ids
from kernel.errors import AppError, Conflict, StripeNotConfigured

TIME_TO_PAY = timedelta(minutes=43)
"""Stripe's page stays open for 30 minutes at least; the rest is for whoever asks again."""
ON_ITS_WAY = timedelta(minutes=2)
"""The seat is held for so much longer, as who pays in the last second is told of a little later."""
REFUSED, OVER = "Stripe did not take the payment", "It was not paid in time"


def price_of(workshop: Workshop, tenant: Tenant, now: datetime) -> Payment | None:
    """What is to be paid for a seat that is booked now; None if it is free."""
    if not workshop.price:
        return None
    if not tenant.stripe_account_id or not tenant.stripe_can_charge:
        raise StripeNotConfigured(
            "This school cannot take payments yet, so its paid workshops cannot be booked; "
            "an owner or admin of it connects Stripe with immersio.tenant.updateStripeCredentials"
        )
    return Payment(
        id=ids.new_number(),
        amount=workshop.price,
        currency=workshop.currency,
        account_id=tenant.stripe_account_id,
        expires_at=now + TIME_TO_PAY,
    )


def held_until(payment: Payment, starts_at: datetime) -> datetime:
    """When the seat is somebody else's."""
    return min(payment.expires_at + ON_ITS_WAY, starts_at)


def open_page(booking: Booking, tenant: Tenant) -> Booking:
    """With Stripe's page in it, if something is to be paid; the same page for who asks again.

    Where Stripe refuses, the booking ends; where it does not answer, the booking stays, and whoever asks again goes on.
    """
    payment = booking.payment
    if booking.status is not BookingStatus.PENDING or payment is None or payment.session_id:
        return booking
    try:
        checkout = stripe_checkout.open_checkout(_order(booking, payment, tenant))
    except AppError as refusal:
        if refusal.status < 500:
            give_up(booking, tenant)
        raise
    after, actions = changes.page_opened(booking, checkout)
    try:
        store.commit(*actions)
    except store.ConditionFailed:
        return _as_it_is(booking)
    return after


def give_up(booking: Booking, tenant: Tenant) -> None:
    """Nobody was shown a page, so nobody can pay."""
    try:
        end(booking, tenant, CancelledBy.SYSTEM, REFUSED, clock.now())
    except store.ConditionFailed:
        return
    settle(booking.place, booking.uid)


def _as_it_is(booking: Booking) -> Booking:
    now = store.load_booking(booking.tenant_id, booking.uid)
    if now is None or (now.status is BookingStatus.PENDING and not (now.payment and now.payment.session_id)):
        raise Conflict("This booking was changed in the same moment; read it again")
    return now


def _order(booking: Booking, payment: Payment, tenant: Tenant) -> Order:
    page = links.manage_url(booking.uid, tenant)
    zone = booking.attendee.time_zone
    return Order(
        account_id=payment.account_id,
        uid=booking.uid,
        title=booking.title,
        description=f"{booking.starts_at.astimezone(ZoneInfo(zone)):%Y-%m-%d, %H:%M} ({zone})",
        email=booking.attendee.email,
        amount=payment.amount,
        currency=payment.currency,
        expires_at=payment.expires_at,
        success_url=f"{page}&payment=done",
        cancel_url=f"{page}&payment=open",
    )
