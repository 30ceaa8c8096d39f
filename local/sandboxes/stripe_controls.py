"""The doors of the Stripe sandbox that Stripe itself does not have; `local.sandboxes.stripe` lists them."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

from flask import Flask
from pydantic import BaseModel, ConfigDict, Field

from local.sandboxes import stripe_page, stripe_till
from local.sandboxes.faults import ControlRefused, control_input
from local.sandboxes.stripe_books import Account, Books
from local.sandboxes.stripe_post import Post
from local.sandboxes.stripe_things import Document, Event, Session
from local.sandboxes.stripe_till import Impossible

Found = TypeVar("Found")


class Control(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Change(Control):
    account_id: str
    currently_due: list[str] | None = None
    connected: bool | None = None
    refunds: Literal["succeeded", "pending", "failed"] | None = None


class Paid(Control):
    outcome: Literal["paid", "failed", "processing"]


class RefundOutcome(Control):
    outcome: Literal["succeeded", "failed"]


class DisputeOutcome(Control):
    outcome: Literal["won", "lost"] | None = None
    reason: str = "fraudulent"


class Endpoint(Control):
    url: str | None = None
    paused: bool | None = None
    pauses: list[float] | None = Field(None, max_length=10)


class Delivery(Control):
    events: list[str]


def install(app: Flask, books: Books, post: Post) -> None:
    """Install all of them."""

    def told(change: Callable[[], list[Event]]) -> Document:
        """Do something, and wait until our endpoint was told of it."""
        with books.lock:
            stripe_till.let_time_pass(books)
            events = change()
        post.wait_for(events)
        return {"events": [_event(event, post) for event in events]}

    def pay(session: Session, outcome: str) -> Document:
        answer = told(lambda: stripe_till.pay(books, session, outcome))
        return {"session": session.document(), **answer}

    @app.post("/_pay/<session>")
    def paid(session: str) -> Document:
        return pay(_known(books.sessions, session), control_input(Paid).outcome)

    @app.post("/_refund/<refund>")
    def settle_refund(refund: str) -> Document:
        found, outcome = _known(books.refunds, refund), control_input(RefundOutcome).outcome
        answer = told(lambda: stripe_till.settle_refund(books, found, outcome))
        return {"refund": found.document(), **answer}

    @app.post("/_dispute/<intent>")
    def dispute(intent: str) -> Document:
        wanted, charge_id = control_input(DisputeOutcome), _known(books.intents, intent).charge_id
        charge = _known(books.charges, charge_id or "")
        answer = told(
            lambda: (
                stripe_till.close_dispute(books, intent, wanted.outcome)
                if wanted.outcome
                else stripe_till.dispute(books, charge, wanted.reason)
            )
        )
        return {"dispute": books.disputes[intent].document(), **answer}

    @app.post("/_change")
    def change() -> Document:
        wanted = control_input(Change)
        account = _known(books.accounts, wanted.account_id)
        return {**told(lambda: _change(books, account, wanted)), **_account(account)}

    @app.errorhandler(Impossible)
    def impossible(refusal: Impossible) -> tuple[Document, int]:
        return {"error": str(refusal)}, 409

    stripe_page.install(app, books, pay)
    _install_state(app, books, post)
    _install_events(app, books, post)


def _install_state(app: Flask, books: Books, post: Post) -> None:
    @app.get("/_state")
    def state() -> Document:
        with books.lock:
            stripe_till.let_time_pass(books)
            return _state(books, post)


def _install_events(app: Flask, books: Books, post: Post) -> None:
    @app.get("/_events")
    def events() -> Document:
        with books.lock:
            stripe_till.let_time_pass(books)
            return {"events": [_signed(event, post) for event in books.events.values() if event.is_of_another]}

    @app.post("/_endpoint")
    def endpoint() -> Document:
        wanted = control_input(Endpoint)
        if wanted.pauses is not None:
            post.pauses = wanted.pauses
        if wanted.paused is not None:
            post.pause(wanted.paused)
        if wanted.url:
            post.open(wanted.url)
        return wanted.model_dump()

    @app.delete("/_endpoint")
    def forget() -> Document:
        post.close()
        return {}

    @app.post("/_deliver")
    def deliver() -> Document:
        chosen = [_known(books.events, event) for event in control_input(Delivery).events]
        return {"events": [{"id": event.id, "type": event.type, "status": post.send(event)} for event in chosen]}


def _state(books: Books, post: Post) -> Document:
    return {
        "platform": _account(books.platform),
        "accounts": [_account(each) for each in books.accounts.values()],
        "sessions": _all(books.sessions),
        "payment_intents": _all(books.intents),
        "charges": _all(books.charges),
        "refunds": _all(books.refunds),
        "disputes": _all(books.disputes),
        "events": [_event(each, post) for each in books.events.values()],
    }


def _change(books: Books, account: Account, wanted: Change) -> list[Event]:
    told = []
    account.refunds = wanted.refunds or account.refunds
    if wanted.currently_due is not None:
        account.currently_due = wanted.currently_due
        told.append(books.tell(account.id, "account.updated", account.document()))
    if wanted.connected is not None and wanted.connected is not account.is_connected:
        account.is_connected = wanted.connected
        word = "authorized" if wanted.connected else "deauthorized"
        application = {"id": "ca_booking", "object": "application", "name": books.platform.name}
        told.append(books.tell(account.id, f"account.application.{word}", application))
    return told


def _known(held: Mapping[str, Found], id: str) -> Found:
    if id not in held:
        raise ControlRefused(f"there is no {id or 'such thing'}", 404)
    return held[id]


def _all(held: Mapping[str, Any]) -> list[Document]:
    return [{"account": each.account_id, **each.document()} for each in held.values()]


def _event(event: Event, post: Post) -> Document:
    """`answers`: the status of each attempt to deliver it; 0 where nobody answered."""
    told = {"id": event.id, "type": event.type, "account": event.account_id, "created": event.created}
    return {**told, "answers": list(post.attempts[event.id])}


def _signed(event: Event, post: Post) -> Document:
    body, signature = post.signed(event)
    return {"id": event.id, "type": event.type, "body": body, "signature": signature}


def _account(account: Account) -> Document:
    return {
        "id": account.id,
        "name": account.name,
        "charges_enabled": account.charges_enabled,
        "currently_due": account.currently_due,
        "connected": account.is_connected,
        "refunds": account.refunds,
    }
