"""Money that goes back to those who paid it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from immersio.payment import stripe_shapes
from immersio.payment.model import RefundStatus, StripeRefund
from immersio.payment.stripe_api import client, code
from immersio.payment.stripe_checkout import reaching
from kernel.telemetry import logger

if TYPE_CHECKING:
    from stripe import CardError, InvalidRequestError, Refund
    from stripe.params import RefundCreateParams

ALREADY = "charge_already_refunded"
PAGE = 100


def refund(*, account_id: str, payment_intent_id: str, uid: str, attempt: int = 1) -> StripeRefund:
    """Give back all that is left of a payment, once, however often it is asked for (INV-11).

    A refund that failed is only tried again with another `attempt`. A refusal of Stripe's is a refund that failed.
    """
    import stripe

    params: RefundCreateParams = {"payment_intent": payment_intent_id, "metadata": {stripe_shapes.UID: uid}}
    with reaching(account_id, "the refund is not made yet"):
        try:
            made = client().v1.refunds.create(
                params, {"stripe_account": account_id, "idempotency_key": f"{uid}:refund:{attempt}"}
            )
        except (stripe.InvalidRequestError, stripe.CardError) as refusal:  # the latter is any answer 402
            if code(refusal) == ALREADY:
                made_before = _all_of(account_id, payment_intent_id, uid)
                if made_before:
                    return made_before
            return _refused(payment_intent_id, uid, refusal)
        if _is_replayed(made):  # it is told as it was then
            made = client().v1.refunds.retrieve(made.id, options={"stripe_account": account_id})
    return stripe_shapes.refund(made.to_dict())


def load_refund(account_id: str, payment_intent_id: str, uid: str) -> StripeRefund | None:
    """All that went back of a payment, by us or by hand, and in how many parts ever; None if nothing did."""
    with reaching(account_id):
        return _all_of(account_id, payment_intent_id, uid)


def impossible(payment_intent_id: str, uid: str, reason: str) -> StripeRefund:
    """A refund that Stripe does not even make."""
    return StripeRefund(
        id=None,
        payment_intent_id=payment_intent_id,
        uid=uid,
        status=RefundStatus.FAILED,
        amount=0,
        returned=0,
        currency=None,
        reason=reason,
    )


def _all_of(account_id: str, payment_intent_id: str, uid: str) -> StripeRefund | None:
    found = client().v1.refunds.list(
        {"payment_intent": payment_intent_id, "limit": PAGE}, {"stripe_account": account_id}
    )
    refunds = [stripe_shapes.refund(each.to_dict()) for each in found.data]
    alive = [each for each in refunds if each.status is not RefundStatus.FAILED]
    if not alive:
        return next(iter(refunds), None)
    newest = next((each for each in alive if each.uid == uid), alive[0])
    sums = {"amount": sum(each.amount for each in alive), "returned": sum(each.returned for each in alive)}
    return newest.model_copy(update={"status": _together(alive), **sums})


def _together(refunds: Sequence[StripeRefund]) -> RefundStatus:
    is_pending = any(each.status is RefundStatus.PENDING for each in refunds)
    return RefundStatus.PENDING if is_pending else RefundStatus.COMPLETED


def _refused(payment_intent_id: str, uid: str, refusal: "InvalidRequestError | CardError") -> StripeRefund:
    reason = code(refusal) or "refused"
    known = {"uid": uid, "code": reason, "param": refusal.param, "request_id": refusal.request_id}
    logger.error("Stripe refused a refund", extra=known)
    return impossible(payment_intent_id, uid, reason)


def _is_replayed(made: "Refund") -> bool:
    answer = made.last_response
    return answer is not None and answer.headers.get("Idempotent-Replayed") == "true"
