"""The methods of Stripe's API that the sandbox understands.

One more is a class of parameters, a function and a line in METHODS.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import request

from local.sandboxes import stripe_amounts, stripe_till
from local.sandboxes.stripe_books import Refused, find
from local.sandboxes.stripe_params import (
    CreateRefund,
    CreateSession,
    ListEvents,
    ListRefunds,
    NoParams,
    Page,
    Params,
)
from local.sandboxes.stripe_things import Charge, Document, Event, Refund, Session, new_id, now
from local.sandboxes.stripe_wire import Call

SHORTEST, LONGEST = 30 * 60, 24 * 60 * 60
"""How long a session may be open, in seconds."""


@dataclass(frozen=True)
class Method:
    verb: str
    path: str
    """As Flask writes it; what stands in `<>` goes to the function by name."""
    params: type[Params]
    answer: Callable[..., Document]
    """Of a call, its parameters and what its path names."""


def current_account(call: Call, _: NoParams) -> Document:
    return call.account.document()


def account(call: Call, _: NoParams, account: str) -> Document:
    return call.books.account(account, call.shown_key).document()


def create_session(call: Call, wanted: CreateSession) -> Document:
    _check_can_charge(call)
    if len({item.price_data.currency for item in wanted.line_items}) > 1:
        raise Refused(400, "The Checkout Session's line items must all have the same currency.", param="line_items")
    stripe_amounts.check(wanted.amount, wanted.currency, "line_items[0][price_data][currency]")
    name = new_id("cs_live" if call.books.livemode else "cs_test")
    url = f"{request.host_url}c/pay/{name}"
    session = Session(name, call.account.id, wanted, url, _expiry(wanted.expires_at), call.books.livemode)
    call.books.sessions[name] = session
    return session.document()


def session(call: Call, _: NoParams, session: str) -> Document:
    return _session(call, session).document()


def expire_session(call: Call, _: NoParams, session: str) -> Document:
    found = _session(call, session)
    if found.status != "open":
        message = (
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"`{found.status}`."
        )
        raise Refused(400, message)
    stripe_till.expire(call.books, found)
    return found.document()


def payment_intent(call: Call, _: NoParams, intent: str) -> Document:
    return find(call.books.intents, "payment_intent", intent, call.account.id, "intent").document()


def charge(call: Call, _: NoParams, charge: str) -> Document:
    return find(call.books.charges, "charge", charge, call.account.id).document()


def create_refund(call: Call, wanted: CreateRefund) -> Document:
    refund = stripe_till.refund(call.books, call.account, _charge_of(call, wanted), wanted)
    document = refund.document()
    if call.account.refunds == "failed":
        stripe_till.settle_refund(call.books, refund, "failed")
    return document


def refund(call: Call, _: NoParams, refund: str) -> Document:
    return find(call.books.refunds, "refund", refund, call.account.id).document()


def list_refunds(call: Call, wanted: ListRefunds) -> Document:
    asked = (wanted.payment_intent, wanted.charge)
    return _page(call, wanted, [each for each in call.books.refunds.values() if _is_asked_for(each.charge, *asked)])


def list_events(call: Call, wanted: ListEvents) -> Document:
    types = {*wanted.types, *([wanted.type] if wanted.type else [])}
    return _page(call, wanted, [each for each in call.books.events.values() if not types or each.type in types])


def event(call: Call, _: NoParams, event: str) -> Document:
    return find(call.books.events, "event", event, call.account.id).document()


def _check_can_charge(call: Call) -> None:
    if not call.account.charges_enabled:
        message = (
            "Your account cannot currently make live charges. If you are a customer trying to make a purchase, please "
            "contact the owner of this site."
        )
        raise Refused(400, message, code="testmode_charges_only")


def _expiry(wanted: int | None) -> int:
    if wanted is None:
        return now() + LONGEST
    if wanted < now() + SHORTEST:
        message = "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        raise Refused(400, message, param="expires_at")
    if wanted > now() + LONGEST:
        message = "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."
        raise Refused(400, message, param="expires_at")
    return wanted


def _session(call: Call, wanted: str) -> Session:
    return find(call.books.sessions, "checkout.session", wanted, call.account.id, "session")


def _charge_of(call: Call, wanted: CreateRefund) -> Charge:
    if wanted.payment_intent and wanted.charge:
        raise Refused(400, "You may only specify one of these parameters: charge, payment_intent.", param="charge")
    if wanted.charge:
        return find(call.books.charges, "charge", wanted.charge, call.account.id, "charge")
    if not wanted.payment_intent:
        raise Refused(400, "Missing required param: charge.", code="parameter_missing", param="charge")
    intent = find(call.books.intents, "payment_intent", wanted.payment_intent, call.account.id, "payment_intent")
    if intent.status != "succeeded" or intent.charge_id is None:
        raise Refused(400, f"This PaymentIntent ({intent.id}) does not have a successful charge to refund.")
    return call.books.charges[intent.charge_id]


def _is_asked_for(charge: Charge, intent_id: str | None, charge_id: str | None) -> bool:
    return intent_id in {None, charge.intent.id} and charge_id in {None, charge.id}


def _page(call: Call, wanted: Page, held: Iterable[Refund] | Iterable[Event]) -> Document:
    """The newest first, from the one on that the last page ended with."""
    own = [each for each in held if each.account_id == call.account.id][::-1]
    ids = [each.id for each in own]
    if wanted.starting_after and wanted.starting_after not in ids:
        raise Refused(
            400, f"No such object: '{wanted.starting_after}'", code="resource_missing", param="starting_after"
        )
    begins = ids.index(wanted.starting_after) + 1 if wanted.starting_after else 0
    shown = own[begins : begins + wanted.limit]
    return {
        "object": "list",
        "data": [each.document() for each in shown],
        "has_more": begins + wanted.limit < len(own),
        "url": request.path,
    }


METHODS = (
    Method("GET", "/v1/account", NoParams, current_account),
    Method("GET", "/v1/accounts/<account>", NoParams, account),
    Method("POST", "/v1/checkout/sessions", CreateSession, create_session),
    Method("GET", "/v1/checkout/sessions/<session>", NoParams, session),
    Method("POST", "/v1/checkout/sessions/<session>/expire", NoParams, expire_session),
    Method("GET", "/v1/payment_intents/<intent>", NoParams, payment_intent),
    Method("GET", "/v1/charges/<charge>", NoParams, charge),
    Method("POST", "/v1/refunds", CreateRefund, create_refund),
    Method("GET", "/v1/refunds", ListRefunds, list_refunds),
    Method("GET", "/v1/refunds/<refund>", NoParams, refund),
    Method("GET", "/v1/events", ListEvents, list_events),
    Method("GET", "/v1/events/<event>", NoParams, event),
)
