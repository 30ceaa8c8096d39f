"""What becomes of a booking: its next version, with everything that must be told of it, in one commit.

What is told lies in the outbox with it: to Immersio, to people, to the statistics, and to ourselves, to bring its seat
and its money in line should we not come to it (`booking.settling`, `booking.money`).
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from immersio.booking import duties, events, store
from immersio.booking.model import (
    Booking,
    BookingStatus,
    Cancellation,
    CancelledBy,
    Payment,
    PaymentStatus,
    Refund,
)
from immersio.notices import duties as letters
from immersio.payment.model import Checkout, Dispute, RefundStatus, StripeRefund
from immersio.tenant.model import Tenant
from immersio.workshop.model import Occurrence
from kernel import clock, outbox
from kernel.outbox import Message

Change = tuple[Booking, list[store.Action]]
Event = Callable[[Booking, Tenant], Message]


def made(booking: Booking, tenant: Tenant) -> Change:
    """A seat that is free of charge is theirs at once; another is held until it is paid."""
    after, told = booking, list[Message]()
    if booking.status is BookingStatus.ACCEPTED:
        after, told = _telling(booking, tenant, events.created)
        told += [duties.count_booking(after, tenant), *letters.booked(after)]
    return after, [store.new_booking(after), *_all(told, duties.settling(after))]


def offered(booking: Booking) -> Change:
    """A freed seat is held for somebody of the waitlist; they are told, and nobody else, until they take it."""
    return booking, [store.new_booking(booking), *_all(duties.settling(booking), letters.offered(booking))]


def page_opened(before: Booking, checkout: Checkout) -> Change:
    """They can pay from now on."""
    known = {"session_id": checkout.id, "checkout_url": checkout.url}
    after = before.becoming(payment=before.bill.model_copy(update=known))
    return _changed(before, after, letters.payment_needed(after))


def accepted(before: Booking, tenant: Tenant) -> Change:
    """An offered seat that costs nothing is taken."""
    after = before.becoming(status=BookingStatus.ACCEPTED, hold_until=None, accepted_at=clock.now())
    after, told = _telling(after, tenant, events.created)
    told.append(duties.count_booking(after, tenant))
    return _changed(before, after, told, duties.settling(after), letters.booked(after))


def to_be_paid(before: Booking, payment: Payment, hold_until: datetime) -> Change:
    """An offered seat that costs something is taken: it is held until it is paid."""
    after = before.becoming(payment=payment, hold_until=hold_until)
    return _changed(before, after, duties.settling(after))


def declined(before: Booking) -> Change:
    """Another card may be tried."""
    return _changed(before, before.becoming(payment=_with_status(before, PaymentStatus.FAILED)))


def processing(before: Booking) -> Change:
    """The money is on its way and takes days: the seat waits for it, at most until the class starts."""
    after = before.becoming(payment=_with_status(before, PaymentStatus.PROCESSING), hold_until=before.starts_at)
    return _changed(before, after, duties.settling(after))


def paid(before: Booking, tenant: Tenant, checkout: Checkout) -> Change:
    """The seat is theirs, also if it had been given up in between (INV-13)."""
    after = before.becoming(
        status=BookingStatus.ACCEPTED,
        payment=_paid(before, checkout),
        paid=True,
        accepted_at=clock.now(),
        hold_until=None,
        cancellation=None,
    )
    after, told = _telling(after, tenant, events.created, events.paid)
    counted = [duties.count_booking(after, tenant), duties.count_payment(after, tenant)]
    return _changed(before, after, told, counted, duties.settling(after), letters.booked(after))


def paid_in_vain(before: Booking, tenant: Tenant, checkout: Checkout) -> Change:
    """The seat is somebody else's, or was given back: all of the money returns (INV-13, INV-14)."""
    payment = _paid(before, checkout)
    ended = before.cancellation or _cancellation(before, CancelledBy.SYSTEM, "It was paid too late", clock.now())
    after = before.becoming(
        status=BookingStatus.CANCELLED,
        payment=payment,
        paid=True,
        hold_until=None,
        cancellation=ended.model_copy(update={"eligible": True}),
        refund=_owed(before, payment),
    )
    owed = [duties.count_payment(after, tenant), duties.settling_money(after)]
    return _changed(before, after, owed, duties.settling(after), letters.cancelled(before, after))


def cancelled(before: Booking, tenant: Tenant, by: CancelledBy, reason: str | None, now: datetime) -> Change:
    """The seat is given back, and the money by decision 6 of its policy; what was never theirs is not told of.

    Immersio is told how it went with the money, so that waits for Stripe where some goes back.
    """
    ended = _cancellation(before, by, reason, now)
    after = before.becoming(status=BookingStatus.CANCELLED, cancellation=ended, hold_until=None)
    if ended.eligible and not _is_given_back(before):
        after = after.model_copy(update={"refund": _owed(before, after.bill)})
    told = list[Message]()
    if before.status is BookingStatus.ACCEPTED:
        told.append(duties.count_cancellation(after, tenant))
        if not after.owes_refund:
            after, cancellation_told = _cancellation_told(after, tenant)
            told += cancellation_told
    if not _was_never_shown(before):
        told += letters.cancelled(before, after)
    return _changed(before, after, told, duties.money(after), duties.settling(after))


def refunded(before: Booking, tenant: Tenant, made: StripeRefund) -> Change:
    """What Stripe says of the money that goes back; with its first word on it Immersio learns of the cancellation."""
    after = before.becoming(refund=_refund(before, made))
    if after.bill.status in {PaymentStatus.PAID, PaymentStatus.REFUNDED}:
        after = after.model_copy(update={"payment": _with_status(after, _kept_or_not(after))})
    told = list(duties.count_refund(before, after, tenant))
    if _is_untold(after):
        after, cancellation_told = _cancellation_told(after, tenant)
        told += cancellation_told
    return _changed(before, after, told, letters.refund_settled(before, after))


def told_without_stripe(before: Booking, tenant: Tenant) -> Change:
    """Stripe stays away: Immersio is told of the cancellation now, with a refund that is pending."""
    after, told = _cancellation_told(before.becoming(), tenant)
    return _changed(before, after, told)


def given_up(before: Booking, by: CancelledBy, reason: str | None) -> Change:
    """It had run out already; a payment that comes now does not win it back any more."""
    ended = _ended(before).model_copy(update={"by": by, "reason": reason})
    return _changed(before, before.becoming(cancellation=ended))


def moved(before: Booking, tenant: Tenant, to: Occurrence, now: datetime) -> Change:
    """To another class of the workshop; it is given back or kept by the terms it had when it was moved."""
    forfeited = not before.is_within_window(now)
    after = before.becoming(starts_at=to.starts_at, ends_at=to.ends_at, is_forfeited=forfeited)
    counted = [duties.count_move(before, after, tenant)]
    settled = (*duties.settling(after), *duties.settling(before))
    return _changed(before, after, counted, settled, letters.moved(after, before.starts_at))


def disputed(before: Booking, dispute: Dispute) -> Change:
    ended = PaymentStatus.LOST if dispute.status == "lost" else _kept_or_not(before)
    status = ended if dispute.is_over else PaymentStatus.DISPUTED
    after = before.becoming(dispute=dispute, payment=_with_status(before, status))
    return _changed(before, after, letters.disputed(before, after))


def _changed(before: Booking, after: Booking, *told: Iterable[Message]) -> Change:
    return after, [store.changed_booking(before, after), *_all(*told)]


def _all(*told: Iterable[Message]) -> Iterator[store.Action]:
    return (outbox.put(message) for messages in told for message in messages)


def _telling(booking: Booking, tenant: Tenant, *told: Event) -> tuple[Booking, list[Message]]:
    """Events of a booking are numbered as they leave (INV-27)."""
    messages = []
    for event in told:
        booking = booking.model_copy(update={"events": booking.events + 1})
        messages.append(event(booking, tenant))
    return booking, messages


def _cancellation_told(booking: Booking, tenant: Tenant) -> tuple[Booking, list[Message]]:
    ended = _ended(booking).model_copy(update={"is_told": True})
    return _telling(booking.model_copy(update={"cancellation": ended}), tenant, events.cancelled)


def _cancellation(booking: Booking, by: CancelledBy, reason: str | None, now: datetime) -> Cancellation:
    """A student gets their money back in time; whoever else cancels gives it back always (decision 6)."""
    within, late = booking.is_within_window(now), booking.is_late(now)
    eligible = booking.paid and (within or by is not CancelledBy.STUDENT)
    return Cancellation(at=now, by=by, reason=reason, within_window=within, eligible=eligible, is_late=late)


def _was_never_shown(before: Booking) -> bool:
    """Stripe opened no page for it, so whoever asked was refused, and has nothing that could end."""
    return before.status is BookingStatus.PENDING and before.payment is not None and before.payment.session_id is None


def _is_untold(booking: Booking) -> bool:
    return booking.cancellation is not None and not booking.cancellation.is_told


def _is_given_back(booking: Booking) -> bool:
    """By hand, at Stripe."""
    refund = booking.refund
    return refund is not None and refund.status is not RefundStatus.FAILED and refund.amount >= booking.bill.amount


def _owed(before: Booking, payment: Payment) -> Refund:
    """All of it; what went back by hand before is part of that, and stays known."""
    return Refund(
        status=RefundStatus.PENDING, amount=payment.amount, returned=_returned(before), currency=payment.currency
    )


def _kept_or_not(booking: Booking) -> PaymentStatus:
    """Money that went back may come back."""
    return PaymentStatus.REFUNDED if _returned(booking) >= booking.bill.amount else PaymentStatus.PAID


def _returned(booking: Booking) -> int:
    return booking.refund.returned if booking.refund else 0


def _refund(before: Booking, made: StripeRefund) -> Refund:
    """Of a refusal, what should have gone back."""
    payment = before.bill
    return Refund(
        status=made.status,
        amount=payment.amount if made.id is None else made.amount,
        returned=_returned(before) if made.id is None else made.returned,
        currency=payment.currency,
        stripe_refund_id=made.id,
        reason=made.reason,
    )


def _paid(before: Booking, checkout: Checkout) -> Payment:
    known = {"payment_intent_id": checkout.payment_intent_id, "customer_id": checkout.customer_id}
    return before.bill.model_copy(update={**known, "status": PaymentStatus.PAID})


def _with_status(booking: Booking, status: PaymentStatus) -> Payment:
    return booking.bill.model_copy(update={"status": status})


def _ended(booking: Booking) -> Cancellation:
    if booking.cancellation is None:
        raise ValueError(f"{booking.uid} is not cancelled")
    return booking.cancellation
