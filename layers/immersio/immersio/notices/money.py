"""What becomes of the money for a seat that was cancelled, in true words (INV-21): pending is not done."""

from immersio.booking.model import Booking, CancelledBy, Payment, PaymentStatus, Refund
from immersio.payment.model import RefundStatus
from immersio.workshop.currencies import in_words

BANKS_TAKE = "Banks take five to ten days to show it."
AT_THE_BANK = frozenset({PaymentStatus.DISPUTED, PaymentStatus.LOST})


def of_cancelled(booking: Booking, school: str) -> str:
    """Empty where there never was any to speak of."""
    payment, cancellation = booking.payment, booking.cancellation
    if payment is None:
        return ""
    if not booking.paid:
        return _unpaid(payment.status)
    paid = in_words(payment.amount, payment.currency)
    if booking.refund:
        return of_refund(booking.refund, payment, school)
    if payment.status in AT_THE_BANK:
        return f"You asked your bank for the {paid} you paid, so it decides about it; we return nothing ourselves."
    if cancellation and cancellation.by is CancelledBy.STUDENT and not cancellation.eligible:
        return f"The {paid} you paid is not returned. {_terms(booking)}"
    return f"The {paid} you paid will be returned in full. It is not on its way yet; we write again when it is."


def of_refund(refund: Refund, payment: Payment, school: str) -> str:
    paid = in_words(payment.amount, payment.currency)
    amount = in_words(refund.amount, refund.currency) if refund.amount else paid
    whole = amount if amount == paid else f"{amount} of the {paid} you paid"
    match refund.status:
        case RefundStatus.PENDING:
            return f"We are returning {whole} to you. It is not done yet; we write again when it is."
        case RefundStatus.COMPLETED:
            return f"We have returned {whole} to the card or account you paid with. {BANKS_TAKE}"
        case RefundStatus.FAILED:
            left = in_words(payment.amount - refund.returned, payment.currency)
            rest = left if left == paid else f"the rest of the {paid} you paid, {left},"
            return (
                f"We tried to return {rest} to you, but it did not work: you do not have your money back yet. {school} "
                "has been told, and owes it to you; reply to this e-mail to agree on another way."
            )


def hours(seconds: int) -> str:
    """`24 hours`, `1 hour`, `30 minutes`."""
    number, unit = (seconds / 3600, "hour") if seconds >= 3600 else (seconds / 60, "minute")
    return f"{number:g} {unit}{'' if number == 1 else 's'}"


def _unpaid(status: PaymentStatus) -> str:
    if status is PaymentStatus.PROCESSING:
        return "Your payment is still on its way. Should it arrive, it is returned to you in full."
    return "You were not charged."


def _terms(booking: Booking) -> str:
    window = f"less than {hours(booking.refund_window_seconds)} before its start"
    if booking.is_forfeited:
        return f"You moved your seat {window}, and from then on it could not be given back for money."
    return f"You gave your seat back {window}, and by the terms you booked with that is too late for a refund."
