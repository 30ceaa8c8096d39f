"""Bookings as those who run a workshop read them."""

from immersio.booking.model import Attendee, Booking, Payment
from immersio.booking.schemas import AttendeeView, BookingView, MetadataView, PaymentView


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


def _attendee(attendee: Attendee) -> AttendeeView:
    return AttendeeView(email=attendee.email, name=attendee.name, time_zone=attendee.time_zone)


def _payment(payment: Payment) -> PaymentView:
    return PaymentView(amount=payment.amount, currency=payment.currency, status=payment.status)


def _metadata(booking: Booking) -> MetadataView:
    told = {"immersio_student_id": booking.immersio_student_id, "registration_source": booking.registration_source}
    return MetadataView(**{name: value for name, value in told.items() if value is not None})
