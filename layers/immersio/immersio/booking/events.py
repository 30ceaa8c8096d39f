"""What Immersio is told of a booking, with the bodies of the specification's section 3."""

from typing import Any

from immersio.booking.model import Booking, Payment, Refund
from immersio.tenant.model import Tenant
from immersio.webhook.events import event
from kernel import clock, outbox


def created(booking: Booking, tenant: Tenant) -> outbox.Message:
    """A seat is theirs: free of charge, or paid (INV-17)."""
    data = {
        "booking": {
            "id": booking.id,
            "uid": booking.uid,
            "title": booking.title,
            "workshopId": booking.workshop_id,
            "eventTypeId": booking.event_type_id,
            "startTime": clock.iso_seconds(booking.starts_at),
            "endTime": clock.iso_seconds(booking.ends_at),
            "status": booking.status,
            "attendee": {
                "email": booking.attendee.email,
                "name": booking.attendee.name,
                "timeZone": booking.attendee.time_zone,
            },
            "payment": _paid(booking.payment) if booking.payment else None,
            "metadata": {
                "immersioCourseId": booking.immersio_course_id,
                "immersioStudentId": booking.immersio_student_id,
            },
        },
        "tenant": {"id": tenant.id, "slug": tenant.slug, "immersioOrgId": tenant.immersio_org_id},
    }
    return event("BOOKING_CREATED", booking.tenant_id, data, booking.events)


def cancelled(booking: Booking, tenant: Tenant) -> outbox.Message:
    cancellation = booking.cancellation
    if cancellation is None:
        raise ValueError(f"{booking.uid} is not cancelled")
    data = {
        "booking": {
            "id": booking.id,
            "uid": booking.uid,
            "workshopId": booking.workshop_id,
            "cancelledAt": clock.iso_seconds(cancellation.at),
            "cancelledBy": cancellation.by,
            "cancellationReason": cancellation.reason,
        },
        "refund": {
            "eligible": cancellation.eligible,
            "withinWindow": cancellation.within_window,
            **_refunded(booking.refund),
        },
        "tenant": {"id": tenant.id, "slug": tenant.slug},
    }
    return event("BOOKING_CANCELLED", booking.tenant_id, data, booking.events)


def paid(booking: Booking, tenant: Tenant) -> outbox.Message:
    """Money for a seat has arrived on the school's account, of which we take nothing."""
    payment = booking.bill
    data = {
        "payment": {
            "id": payment.id,
            "bookingId": booking.id,
            "bookingUid": booking.uid,
            "amount": payment.amount,
            "fee": 0,
            "currency": payment.currency,
            "stripePaymentId": payment.payment_intent_id,
            "stripeCustomerId": payment.customer_id,
        },
        "workshop": {
            "id": booking.workshop_id,
            "title": booking.title,
            "immersioCourseId": booking.immersio_course_id,
        },
        "attendee": {"email": booking.attendee.email, "immersioStudentId": booking.immersio_student_id},
        "tenant": {"id": tenant.id, "slug": tenant.slug, "stripeAccountId": payment.account_id},
    }
    return event("PAYMENT_COMPLETED", booking.tenant_id, data, booking.events)


def _paid(payment: Payment) -> dict[str, Any]:
    return {
        "amount": payment.amount,
        "currency": payment.currency,
        "paid": True,
        "stripePaymentId": payment.payment_intent_id,
    }


def _refunded(refund: Refund | None) -> dict[str, Any]:
    if refund is None:
        return {"status": None, "amount": 0, "currency": None, "stripeRefundId": None}
    return {
        "status": refund.status,
        "amount": refund.amount,
        "currency": refund.currency,
        "stripeRefundId": refund.stripe_refund_id,
    }
