"""What Immersio is told of a booking."""

from typing import Any

from immersio.booking.model import Booking, Payment, Refund
from immersio.tenant.model import Tenant
from immersio.webhook import bodies
from immersio.webhook.events import event
from kernel import outbox


def created(booking: Booking, tenant: Tenant) -> outbox.Message:
    """A seat is theirs: free of charge, or paid (INV-17)."""
    attendee = booking.attendee
    told = bodies.CreatedBooking(
        id=booking.id,
        uid=booking.uid,
        title=booking.title,
        workshop_id=booking.workshop_id,
        event_type_id=booking.event_type_id,
        start_time=booking.starts_at,
        end_time=booking.ends_at,
        status=booking.status,
        attendee=bodies.Attendee(email=attendee.email, name=attendee.name, time_zone=attendee.time_zone),
        payment=_paid(booking.payment) if booking.payment else None,
        metadata=bodies.BookingMetadata(
            immersio_course_id=booking.immersio_course_id, immersio_student_id=booking.immersio_student_id
        ),
    )
    school = bodies.TenantAtImmersio(id=tenant.id, slug=tenant.slug, immersio_org_id=tenant.immersio_org_id)
    return event(bodies.BookingCreated(booking=told, tenant=school), booking.tenant_id, booking.events)


def cancelled(booking: Booking, tenant: Tenant) -> outbox.Message:
    cancellation = booking.cancellation
    if cancellation is None:
        raise ValueError(f"{booking.uid} is not cancelled")
    told = bodies.EndedBooking(
        id=booking.id,
        uid=booking.uid,
        workshop_id=booking.workshop_id,
        cancelled_at=cancellation.at,
        cancelled_by=cancellation.by,
        cancellation_reason=cancellation.reason,
    )
    refund = bodies.BookingRefund(
        eligible=cancellation.eligible, within_window=cancellation.within_window, **_refunded(booking.refund)
    )
    school = bodies.Tenant(id=tenant.id, slug=tenant.slug)
    data = bodies.BookingCancelled(booking=told, refund=refund, tenant=school)
    return event(data, booking.tenant_id, booking.events)


def paid(booking: Booking, tenant: Tenant) -> outbox.Message:
    """Money for a seat has arrived on the school's account, of which we take nothing."""
    payment = booking.bill
    data = bodies.PaymentCompleted(
        payment=bodies.CompletedPayment(
            id=payment.id,
            booking_id=booking.id,
            booking_uid=booking.uid,
            amount=payment.amount,
            fee=0,
            currency=payment.currency,
            stripe_payment_id=payment.payment_intent_id,
            stripe_customer_id=payment.customer_id,
        ),
        workshop=bodies.PaidWorkshop(
            id=booking.workshop_id, title=booking.title, immersio_course_id=booking.immersio_course_id
        ),
        attendee=bodies.PayingAttendee(email=booking.attendee.email, immersio_student_id=booking.immersio_student_id),
        tenant=bodies.TenantAtStripe(id=tenant.id, slug=tenant.slug, stripe_account_id=payment.account_id),
    )
    return event(data, booking.tenant_id, booking.events)


def _paid(payment: Payment) -> bodies.BookingPayment:
    return bodies.BookingPayment(
        amount=payment.amount,
        currency=payment.currency,
        paid=True,
        stripe_payment_id=payment.payment_intent_id,
    )


def _refunded(refund: Refund | None) -> dict[str, Any]:
    if refund is None:
        return {"status": None, "amount": 0, "currency": None, "stripe_refund_id": None}
    return {
        "status": refund.status,
        "amount": refund.amount,
        "currency": refund.currency,
        "stripe_refund_id": refund.stripe_refund_id,
    }
