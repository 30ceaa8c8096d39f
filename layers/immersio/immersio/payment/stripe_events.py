"""Events of Stripe's, once it is sure that they are Stripe's."""

from collections.abc import Callable

from pydantic import ValidationError

from immersio.payment import stripe_shapes
from immersio.payment.model import StripeEvent, Subject
from immersio.payment.schemas import EventOfStripe
from immersio.payment.stripe_api import misconfigured
from immersio.payment.stripe_shapes import Document
from kernel import clock, settings
from kernel.errors import InvalidWebhookSignature
from kernel.signatures import TOLERANCE_SECONDS
from kernel.validation import invalid


def parse_event(body: bytes, signature: str | None) -> StripeEvent:
    """The event in a request's raw body, whose header `Stripe-Signature` proves it (INV-30)."""
    _verify(body, signature or "")
    try:
        told = EventOfStripe.model_validate_json(body)
    except ValidationError as error:
        raise invalid(error) from None
    return _event(told)


def _verify(body: bytes, signature: str) -> None:
    import stripe

    try:
        stripe.WebhookSignature.verify_header(body, signature, _secret())
    except (stripe.SignatureVerificationError, UnicodeError, TypeError):  # the latter of what is no text, or not ASCII
        raise InvalidWebhookSignature(
            "Stripe-Signature does not match: the raw body must be signed with the secret of this endpoint"
        ) from None
    _check_time(signature)


def _check_time(signature: str) -> None:
    """Stripe's own check takes a time that is ahead; the header is known to be well-formed."""
    signed_at = next(int(part[2:]) for part in signature.split(",") if part.startswith("t="))
    if abs(clock.epoch(clock.now()) - signed_at) > TOLERANCE_SECONDS:
        raise InvalidWebhookSignature(
            f"Stripe-Signature was made more than {TOLERANCE_SECONDS} seconds away from our clock"
        )


def _secret() -> str:
    secret = str(settings.secret("STRIPE_SECRET")["webhook_secret"])
    if not secret.startswith("whsec_"):
        raise misconfigured("the webhook_secret behind STRIPE_SECRET is no signing secret of Stripe's")
    return secret


def _event(told: EventOfStripe) -> StripeEvent:
    read = SUBJECTS.get(told.type)
    return StripeEvent(
        id=told.id,
        type=told.type,
        account_id=told.account,
        livemode=told.livemode,
        created_at=stripe_shapes.instant(told.created),
        subject=read(told.data.object) if read else None,
    )


def _of_a_booking(read: Callable[[Document], Subject]) -> Callable[[Document], Subject | None]:
    """A school may sell other things on its account; those may lack what a booking's payment has."""
    return lambda told: read(told) if stripe_shapes.uid(told) else None


def _of_a_payment(read: Callable[[Document], Subject]) -> Callable[[Document], Subject | None]:
    return lambda told: read(told) if told.get("payment_intent") else None


SUBJECTS: dict[str, Callable[[Document], Subject | None]] = {
    "checkout.session.completed": _of_a_booking(stripe_shapes.checkout),
    "checkout.session.expired": _of_a_booking(stripe_shapes.checkout),
    "checkout.session.async_payment_succeeded": _of_a_booking(stripe_shapes.checkout),
    "checkout.session.async_payment_failed": _of_a_booking(stripe_shapes.checkout),
    "payment_intent.payment_failed": _of_a_booking(stripe_shapes.failed_payment),
    "refund.created": _of_a_payment(stripe_shapes.refund),
    "refund.updated": _of_a_payment(stripe_shapes.refund),
    "refund.failed": _of_a_payment(stripe_shapes.refund),
    "charge.dispute.created": _of_a_payment(stripe_shapes.dispute),
    "charge.dispute.closed": _of_a_payment(stripe_shapes.dispute),
    "account.updated": stripe_shapes.account,
}
