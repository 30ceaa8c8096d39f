"""Stripe on loopback, as its own client knows it: keys, forms, errors, and accounts that are connected to ours.

There are other doors, which Stripe itself does not have:

    GET  /_state   what is held
    POST /_change  {"account_id", "currently_due"?, "connected"?}, as its holder would at Stripe: owe something or
                   nothing more, connect the account to our platform or take it away
    POST /_faults  see `local.sandboxes.faults`
"""

import uuid
from collections.abc import Iterable
from functools import partial
from typing import Any

from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict
from werkzeug.exceptions import MethodNotAllowed, NotFound

from local.sandboxes import faults, stripe_wire
from local.sandboxes.faults import ControlRefused, control_input
from local.sandboxes.stripe_books import Account, Books, Refused
from local.sandboxes.stripe_methods import METHODS, Method

__all__ = ["Account", "create_app"]

PLATFORM = "acct_booking_platform"
"""Our own account, to which those of schools are connected."""
LANGUAGE_ACADEMY = "acct_language_academy"
MUSIC_STUDIO = "acct_music_studio"
UNFINISHED = "acct_unfinished"
"""Its holder has not told Stripe who they are."""
ANYBODYS = "acct_1234567890"
"""Connected, and no school's yet."""


class Change(BaseModel):
    model_config = ConfigDict(extra="forbid")

    account_id: str
    currently_due: list[str] | None = None
    connected: bool | None = None


def demo_accounts() -> list[Account]:
    """Accounts for the demo's schools, and some to try things with."""
    return [
        Account(LANGUAGE_ACADEMY, "Language Academy", country="DE", currency="eur"),
        Account(MUSIC_STUDIO, "Music Studio"),
        Account(UNFINISHED, "Nobody Yet", currently_due=["external_account", "tos_acceptance.date"]),
        Account(ANYBODYS, "Anybody"),
    ]


def create_app(secret_key: str, accounts: Iterable[Account] | None = None) -> Flask:
    app = Flask(__name__)
    books = Books(Account(PLATFORM, "Booking"), demo_accounts() if accounts is None else accounts)
    faults.install(app)
    _install_controls(app, books)
    for method in METHODS:
        view = partial(_answered, books, secret_key, method)
        app.add_url_rule(method.path, endpoint=f"{method.verb} {method.path}", view_func=view, methods=[method.verb])

    @app.errorhandler(Refused)
    def refused(refusal: Refused) -> ResponseReturnValue:
        return {"error": refusal.error}, refusal.status

    @app.errorhandler(NotFound)
    @app.errorhandler(MethodNotAllowed)
    def unknown(_: Exception) -> ResponseReturnValue:
        message = (
            f"Unrecognized request URL ({request.method}: {request.path}). Please see https://stripe.com/docs or we "
            "can help at https://support.stripe.com/."
        )
        return refused(Refused(404, message))

    @app.after_request
    def name_it(response: Response) -> Response:
        response.headers["Request-Id"] = f"req_{uuid.uuid4().hex[:14]}"
        if "Stripe-Version" in request.headers:
            response.headers["Stripe-Version"] = request.headers["Stripe-Version"]
        return response

    return app


def _answered(books: Books, secret_key: str, method: Method, **named: str) -> ResponseReturnValue:
    with books.lock:
        call = stripe_wire.recognised(books, secret_key)
        return jsonify(method.answer(call, stripe_wire.params(method.params), **named))


def _install_controls(app: Flask, books: Books) -> None:
    @app.get("/_state")
    def state() -> dict[str, Any]:
        with books.lock:
            return {"platform": _held(books.platform), "accounts": [_held(one) for one in books.accounts.values()]}

    @app.post("/_change")
    def change() -> dict[str, Any]:
        wanted = control_input(Change)
        with books.lock:
            account = books.accounts.get(wanted.account_id)
            if account is None:
                raise ControlRefused("there is no such account", 404)
            if wanted.currently_due is not None:
                account.currently_due = wanted.currently_due
            if wanted.connected is not None:
                account.is_connected = wanted.connected
            return _held(account)


def _held(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "charges_enabled": account.charges_enabled,
        "currently_due": account.currently_due,
        "connected": account.is_connected,
    }
