"""Bookings as those who run a workshop read them, and as their students do."""

from datetime import datetime

from immersio.booking import links
from immersio.booking.model import Attendee, Booking, BookingStatus, Payment
from immersio.booking.schemas import (
    AttendeeView,
    BookingView,
    CancelledBooking,
    CancelledByStaff,
    CheckoutView,
    DisputeView,
    ListedBooking,
    ListedRefundView,
    ManagedBooking,
    MetadataView,
    PaymentView,
    PublicBooking,
    RefundView,
    Reserved,
)
from immersio.payment.model import RefundStatus
from immersio.tenant.model import Tenant


def whole(booking: Booking) -> BookingView:
    return BookingView(
        id=booking.id,
        uid=booking.uid,
        title=booking.title,
        start_time=booking.starts_at,
        end_time=booking.ends_at,
        status=booking.status.value,
        paid=booking.paid,
        attendees=[_attendee(booking.attendee)],
        payment=_payment(booking.payment) if booking.payment else None,
        metadata=_metadata(booking),
        created_at=booking.created_at,
    )


def listed(booking: Booking) -> ListedBooking:
    refund, dispute = booking.refund, booking.dispute
    return ListedBooking(
        **dict(whole(booking)),
        workshop_id=booking.workshop_id,
        refund=refund and ListedRefundView(status=refund.status.value, amount=refund.amount, currency=refund.currency),
        dispute=dispute
        and DisputeView(status=dispute.status, reason=dispute.reason, amount=dispute.amount, currency=dispute.currency),
    )


def reserved(booking: Booking, tenant: Tenant, now: datetime) -> Reserved:
    return Reserved(
        booking=public(booking, now),
        manage_token=links.manage_token(booking.uid),
        manage_url=links.manage_url(booking.uid, tenant),
        payment=_checkout(booking, now),
    )


def managed(booking: Booking, now: datetime) -> ManagedBooking:
    return ManagedBooking(
        booking=public(booking, now),
        attendee=_attendee(booking.attendee),
        payment=_checkout(booking, now),
        refund=_refund(booking, now),
    )


def cancelled(booking: Booking, now: datetime) -> CancelledBooking:
    return CancelledBooking(success=True, booking=public(booking, now), refund=_refund(booking, now))


def cancelled_by_staff(booking: Booking, now: datetime) -> CancelledByStaff:
    return CancelledByStaff(success=True, booking=listed(booking), refund=_refund(booking, now))


def public(booking: Booking, now: datetime) -> PublicBooking:
    return PublicBooking(
        id=booking.id,
        uid=booking.uid,
        status=booking.status_at(now),
        title=booking.title,
        start_time=booking.starts_at,
        end_time=booking.ends_at,
        paid=booking.paid,
    )


def _refund(booking: Booking, now: datetime) -> RefundView:
    """What was given back, or of a booking that is not cancelled, what would be now."""
    cancellation, payment = booking.cancellation, booking.payment if booking.paid else None
    within = cancellation.within_window if cancellation else booking.is_within_window(now)
    eligible = cancellation.eligible if cancellation else within and payment is not None
    return RefundView(
        eligible=eligible,
        within_window=within,
        status=booking.refund.status if booking.refund else None,
        amount=_given_back(booking, payment) if payment and eligible else 0,
        currency=payment.currency if payment else None,
    )


def _given_back(booking: Booking, payment: Payment) -> int:
    """Before it is cancelled: what is left of the money, as some may have gone back by hand."""
    refund = booking.refund
    if booking.cancellation:
        return refund.amount if refund else payment.amount
    if refund is None or refund.status is RefundStatus.FAILED:
        return payment.amount
    return payment.amount - refund.amount


def _checkout(booking: Booking, now: datetime) -> CheckoutView | None:
    payment = booking.payment
    if booking.status_at(now) is not BookingStatus.PENDING or not (
        payment and payment.checkout_url and booking.hold_until
    ):
        return None
    return CheckoutView(
        checkout_url=payment.checkout_url,
        expires_at=booking.pay_until,
        amount=payment.amount,
        currency=payment.currency,
    )


def _attendee(attendee: Attendee) -> AttendeeView:
    return AttendeeView(email=attendee.email, name=attendee.name, time_zone=attendee.time_zone)


def _payment(payment: Payment) -> PaymentView:
    return PaymentView(amount=payment.amount, currency=payment.currency, status=payment.status)


def _metadata(booking: Booking) -> MetadataView:
    told = {"immersio_student_id": booking.immersio_student_id, "registration_source": booking.registration_source}
    return MetadataView(**{name: value for name, value in told.items() if value is not None})
