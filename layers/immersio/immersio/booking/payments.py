"""What Stripe tells of payments, refunds and disputes, and what becomes of the bookings.

Stripe tells more than once, in any order, and of whatever the school sells (INV-15). So nothing is remembered of an
event but what the booking says: it is compared with the page that we opened, and one that was handled changes nothing
any more. What cannot be handled now is refused, and comes again (INV-16).
"""

from collections.abc import Callable
from datetime import datetime

from immersio.booking import changes, links, quota, store
from immersio.booking.claiming import claim_seat
from immersio.booking.ending import end
from immersio.booking.model import Booking, BookingStatus, CancelledBy, Payment, PaymentStatus
from immersio.booking.settling import settle
from immersio.payment import stripe_checkout, stripe_refunds
from immersio.payment.model import Checkout, Dispute, FailedPayment, StripeRefund
from immersio.seat.model import Wish
from immersio.tenant import store as tenants
from immersio.tenant.model import Tenant
from immersio.workshop import store as workshops
from immersio.workshop.bookable import takes_place
from immersio.workshop.model import Status
from kernel import clock
from kernel.errors import BookingNotFound, Conflict, NoSeatsAvailable, TemporarilyUnavailable, TenantNotFound
from kernel.telemetry import logger

TRIES = 5

Step = Callable[[Booking, Tenant], Booking | None]


def take_payment(tenant_id: int, account_id: str, checkout: Checkout) -> bool:
    """Somebody has paid: the seat is theirs, or they get all of it back (INV-13, INV-14)."""
    return _with_page(tenant_id, account_id, checkout, lambda booking, tenant: _paid(booking, tenant, checkout))


def await_payment(tenant_id: int, account_id: str, checkout: Checkout) -> bool:
    """Somebody has paid in a way that takes days."""
    return _with_page(tenant_id, account_id, checkout, _processing)


def end_payment(tenant_id: int, account_id: str, checkout: Checkout) -> bool:
    """Nobody can pay on this page any more."""
    return _with_page(
        tenant_id, account_id, checkout, lambda one, tenant: _over(one, tenant, "It was not paid in time")
    )


def fail_payment(tenant_id: int, account_id: str, checkout: Checkout) -> bool:
    """What was on its way for days does not come, so nobody may be told that it still might."""

    def fail(booking: Booking, tenant: Tenant) -> Booking | None:
        payment = booking.payment and booking.payment.model_copy(update={"status": PaymentStatus.FAILED})
        return _over(booking.model_copy(update={"payment": payment}), tenant, "The payment failed")

    return _with_page(tenant_id, account_id, checkout, fail)


def note_decline(tenant_id: int, account_id: str, failed: FailedPayment) -> bool:
    """A card was declined; the page stays open for another."""

    def decline(booking: Booking, _: Tenant) -> Booking | None:
        payment = _payment_of(booking, account_id)
        if booking.status is not BookingStatus.PENDING or payment is None or payment.status is not PaymentStatus.OPEN:
            return None
        return _committed(changes.declined(booking))

    return _change(tenant_id, failed.uid, decline)


def take_refund(tenant_id: int, account_id: str, told: StripeRefund) -> bool:
    """Money goes back, or did, or came back. Stripe is asked how it stands, as events may be old."""
    uid = told.uid or stripe_checkout.paid_booking(account_id, told.payment_intent_id)

    def refund(booking: Booking, tenant: Tenant) -> Booking | None:
        if not _is_paid_with(booking, account_id, told.payment_intent_id):
            return None
        made = stripe_refunds.load_refund(account_id, told.payment_intent_id, booking.uid)
        if made is None or _is_known(booking, made) or _is_a_part_of_what_is_owed(booking, made):
            return None
        return _committed(changes.refunded(booking, tenant, made))

    return _change(tenant_id, uid, refund)


def take_dispute(tenant_id: int, account_id: str, dispute: Dispute) -> bool:
    uid = stripe_checkout.paid_booking(account_id, dispute.payment_intent_id)

    def note(booking: Booking, _: Tenant) -> Booking | None:
        if not _is_paid_with(booking, account_id, dispute.payment_intent_id):
            return None
        if booking.dispute and not _is_news(booking.dispute, dispute):
            return None
        return _committed(changes.disputed(booking, dispute))

    return _change(tenant_id, uid, note)


def _with_page(tenant_id: int, account_id: str, checkout: Checkout, step: Step) -> bool:
    """Metadata is no proof, as schools write it too: the page must be the one that we opened, for what we asked."""

    def checked(booking: Booking, tenant: Tenant) -> Booking | None:
        payment = _payment_of(booking, account_id)
        if payment and payment.session_id is None and booking.status is BookingStatus.PENDING:
            raise Conflict("This booking's page is being opened just now; tell it again")
        known = (payment.session_id, payment.amount, payment.currency) if payment else None
        if known != (checkout.id, checkout.amount, checkout.currency):
            logger.warning("a page of Stripe's that is not the booking's", extra={"uid": booking.uid})
            return None
        return step(booking, tenant)

    return _change(tenant_id, checkout.uid, checked)


def _change(tenant_id: int, uid: str | None, step: Step) -> bool:
    """Do this to the booking, again if somebody changed it meanwhile; False if there was nothing to do."""
    if uid is None or links.tenant_of(uid) != tenant_id:
        logger.warning("Stripe tells of a booking that is not this school's", extra={"tenant": tenant_id})
        return False
    for _ in range(TRIES):
        booking, tenant = store.load_booking(tenant_id, uid), tenants.load_tenant(tenant_id)
        if tenant is None:
            raise TenantNotFound("This school does not exist any more")
        if booking is None:
            raise BookingNotFound("There is no such booking yet; tell it again")
        try:
            after = step(booking, tenant)
        except store.ConditionFailed:
            continue
        settle(booking.place, uid)
        return after is not None
    raise TemporarilyUnavailable("This booking is being changed elsewhere; tell it again", retry_after_seconds=1)


def _paid(booking: Booking, tenant: Tenant, checkout: Checkout) -> Booking | None:
    if booking.paid:
        return None
    now = clock.now()
    is_pending = booking.status is BookingStatus.PENDING
    if (is_pending and booking.is_alive(now)) or _wins_back(booking, now):
        return _accepted(booking, tenant, checkout)
    after = _committed(changes.paid_in_vain(booking, tenant, checkout))
    if is_pending:
        quota.give_back(tenant, booking.created_at)
    return after


def _accepted(booking: Booking, tenant: Tenant, checkout: Checkout) -> Booking:
    change = changes.paid(booking, tenant, checkout)
    if booking.status is BookingStatus.PENDING:
        return _committed(change)
    with quota.used_again(tenant, booking.created_at):
        return _committed(change)


def _wins_back(booking: Booking, now: datetime) -> bool:
    """Whether a booking that nobody had paid in time gets a seat in its class after all (INV-13)."""
    gave_way = booking.status is BookingStatus.PENDING or booking.ran_out
    workshop = workshops.load_workshop(booking.tenant_id, booking.workshop_id)
    if not gave_way or booking.starts_at <= now or workshop is None or workshop.status is not Status.ACTIVE:
        return False
    if not takes_place(workshop, booking.starts_at):
        return False
    try:
        has_ended = booking.status is BookingStatus.CANCELLED
        claim_seat(workshop, booking.starts_at, Wish(booking.uid, booking.attendee.email, regained=has_ended))
    except (NoSeatsAvailable, Conflict):
        return False
    return True


def _processing(booking: Booking, _: Tenant) -> Booking | None:
    payment = booking.payment
    is_open = payment is not None and payment.status in {PaymentStatus.OPEN, PaymentStatus.FAILED}
    if not is_open or not (booking.status is BookingStatus.PENDING and booking.is_alive(clock.now())):
        return None
    return _committed(changes.processing(booking))


def _over(booking: Booking, tenant: Tenant, reason: str) -> Booking | None:
    if booking.status is not BookingStatus.PENDING:
        return None
    return end(booking, tenant, CancelledBy.SYSTEM, reason, clock.now())


def _payment_of(booking: Booking, account_id: str) -> Payment | None:
    payment = booking.payment
    return payment if payment and payment.account_id == account_id else None


def _is_paid_with(booking: Booking, account_id: str, payment_intent_id: str) -> bool:
    payment = _payment_of(booking, account_id)
    if payment and not booking.paid:
        raise Conflict("This booking's payment is not known yet; tell it again")
    return payment is not None and payment.payment_intent_id == payment_intent_id


def _is_news(known: Dispute, told: Dispute) -> bool:
    """An older word that comes later does not open a dispute again; another one can follow it."""
    return known != told and not (known.is_over if known.id == told.id else told.is_over or not known.is_over)


def _is_known(booking: Booking, made: StripeRefund) -> bool:
    refund = booking.refund
    if refund is None or refund.stripe_refund_id != made.id:
        return False
    return (refund.status, refund.amount, refund.returned) == (made.status, made.amount, made.returned)


def _is_a_part_of_what_is_owed(booking: Booking, made: StripeRefund) -> bool:
    """Given back by hand; whoever asks Stripe for the rest learns of it too (`booking.money`)."""
    return booking.owes_refund and made.uid != booking.uid


def _committed(change: changes.Change) -> Booking:
    after, actions = change
    store.commit(*actions)
    return after
