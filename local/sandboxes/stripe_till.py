"""What happens to money: somebody pays, a session's time is over, a refund is made and arrives, a bank takes it back.

Every change tells its events, in Stripe's usual order.
"""

from local.sandboxes.stripe_books import Account, Books, Refused
from local.sandboxes.stripe_params import CreateRefund
from local.sandboxes.stripe_things import Charge, Dispute, Event, PaymentIntent, Refund, Session, new_id, now

DECLINED = {
    "type": "card_error",
    "code": "card_declined",
    "decline_code": "generic_decline",
    "message": "Your card was declined.",
}


class Impossible(Exception):
    """Nobody could do this at Stripe."""


def pay(books: Books, session: Session, outcome: str) -> list[Event]:
    """A customer pays (paid), is declined (failed), or pays in a way that takes days (processing)."""
    is_processing = session.status == "complete" and session.payment_status == "unpaid"
    if session.status != "open" and not (is_processing and outcome != "processing"):
        raise Impossible(f"{session.id} is {session.status} and {session.payment_status}; nobody can pay it")
    intent = books.intents[session.intent_id] if session.intent_id else _new_intent(books, session)
    charge = _charged(books, intent, outcome)
    if outcome != "failed":
        session.status = "complete"
        session.payment_status = "paid" if outcome == "paid" else "unpaid"
        if session.wanted.customer_creation == "always":
            session.customer_id = intent.customer_id = session.customer_id or new_id("cus")
    word = {"paid": "succeeded", "failed": "failed", "processing": "pending"}[outcome]
    told = [
        books.tell(session.account_id, f"charge.{word}", charge.document()),
        books.tell(session.account_id, f"payment_intent.{_INTENT_WORDS[outcome]}", intent.document()),
    ]
    kind = _session_word(outcome, is_processing=is_processing)
    if kind:
        told.append(books.tell(session.account_id, f"checkout.session.{kind}", session.document()))
    return told


_INTENT_WORDS = {"paid": "succeeded", "failed": "payment_failed", "processing": "processing"}


def _session_word(outcome: str, *, is_processing: bool) -> str | None:
    if is_processing:
        return "async_payment_succeeded" if outcome == "paid" else "async_payment_failed"
    return None if outcome == "failed" else "completed"


def _new_intent(books: Books, session: Session) -> PaymentIntent:
    data = session.wanted.payment_intent_data
    intent = PaymentIntent(
        new_id("pi"),
        session.account_id,
        session.wanted.amount,
        session.wanted.currency,
        books.livemode,
        data.description,
        data.metadata,
    )
    books.intents[intent.id] = intent
    session.intent_id = intent.id
    books.tell(session.account_id, "payment_intent.created", intent.document())
    return intent


def _charged(books: Books, intent: PaymentIntent, outcome: str) -> Charge:
    """The intent's charge; one that has waited for days is the same."""
    status = {"paid": "succeeded", "failed": "failed", "processing": "pending"}[outcome]
    charge = books.charges[intent.charge_id] if intent.charge_id else None
    if charge is None or charge.status != "pending":
        charge = Charge(new_id("ch"), intent.account_id, intent, status)
        books.charges[charge.id] = charge
    charge.status, intent.charge_id = status, charge.id
    intent.status = {"paid": "succeeded", "failed": "requires_payment_method", "processing": "processing"}[outcome]
    intent.last_error = dict(DECLINED) if outcome == "failed" else None
    return charge


def expire(books: Books, session: Session) -> None:
    session.status = "expired"
    if session.intent_id:
        books.intents[session.intent_id].status = "canceled"
        books.tell(session.account_id, "payment_intent.canceled", books.intents[session.intent_id].document())
    books.tell(session.account_id, "checkout.session.expired", session.document())


def let_time_pass(books: Books) -> None:
    """End what is over by now."""
    for session in list(books.sessions.values()):
        if session.status == "open" and session.expires_at <= now():
            expire(books, session)


def refund(books: Books, account: Account, charge: Charge, wanted: CreateRefund) -> Refund:
    amount = charge.unrefunded if wanted.amount is None else wanted.amount
    _check_refund(charge, amount)
    status = "pending" if account.refunds == "pending" else "succeeded"
    made = Refund(new_id("re"), charge.account_id, charge, amount, wanted.metadata, wanted.reason, status)
    books.refunds[made.id] = made
    charge.amount_refunded += amount
    books.tell(charge.account_id, "charge.refunded", charge.document())
    books.tell(charge.account_id, "refund.created", made.document())
    return made


def _check_refund(charge: Charge, amount: int) -> None:
    if charge.is_disputed:
        raise Refused(400, f"Charge {charge.id} has been charged back; cannot issue a refund.", code="charge_disputed")
    if charge.unrefunded == 0:
        raise Refused(400, f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    if amount < 1:
        raise Refused(400, "Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > charge.unrefunded:
        currency = charge.intent.currency.upper()
        message = (
            f"Refund amount ({amount} {currency}) is greater than unrefunded amount on charge "
            f"({charge.unrefunded} {currency})"
        )
        raise Refused(400, message, param="amount")


def settle_refund(books: Books, refund: Refund, outcome: str) -> list[Event]:
    """A refund arrives, or comes back; it may come back after it seemed to have arrived."""
    if refund.status in {"failed", outcome}:
        raise Impossible(f"{refund.id} is {refund.status} already")
    before, refund.status = {"status": refund.status}, outcome
    if outcome == "failed":
        refund.failure_reason = "lost_or_stolen_card"
        refund.charge.amount_refunded -= refund.amount
    told = [books.tell(refund.account_id, "refund.updated", refund.document(), before)]
    if outcome == "failed":
        told.append(books.tell(refund.account_id, "refund.failed", refund.document()))
    return told


def dispute(books: Books, charge: Charge, reason: str) -> list[Event]:
    if charge.is_disputed or charge.status != "succeeded":
        raise Impossible(f"{charge.id} is disputed already, or was never paid")
    opened = Dispute(new_id("du"), charge.account_id, charge, reason)
    books.disputes[charge.intent.id] = opened
    charge.is_disputed = True
    return [books.tell(charge.account_id, "charge.dispute.created", opened.document())]


def close_dispute(books: Books, intent_id: str, outcome: str) -> list[Event]:
    found = books.disputes.get(intent_id)
    if found is None or found.status in {"won", "lost"}:
        raise Impossible(f"{intent_id} has no open dispute")
    found.status = outcome
    return [books.tell(found.account_id, "charge.dispute.closed", found.document())]
