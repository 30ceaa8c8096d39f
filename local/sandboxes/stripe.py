"""Stripe on loopback, as its own client knows it: keys, forms, errors, accounts that are connected to ours, and money.

There are other doors, which Stripe itself does not have:

    GET  /_state                what is held, and what each event was answered with
    POST /_pay/{session}        {"outcome": "paid" | "failed" | "processing"}, as a customer would on Stripe's page; a
                                payment that takes days (processing) is paid or fails by another call
    POST /_refund/{refund}      {"outcome": "succeeded" | "failed"}: a refund arrives, or comes back
    POST /_dispute/{intent}     {"reason"?}, as a customer would at their bank; {"outcome": "won" | "lost"} closes it
    POST /_change               {"account_id", "currently_due"?, "connected"?, "refunds"?}, as its holder would: owe
                                something or nothing more, connect the account or take it away; how its next refunds go
    GET  /_events               all events of connected accounts, each with the body and signature it is sent with
    POST /_endpoint             {"url"?, "paused"?, "pauses"?}: where events go from now on; while paused they stay here
    DELETE /_endpoint           they go nowhere
    POST /_deliver              {"events": [ids]}: send these now, in this order, however often they were sent before
    POST /_faults               see `local.sandboxes.faults`
"""

import uuid
from collections.abc import Iterable
from functools import partial

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import MethodNotAllowed, NotFound

from local.sandboxes import faults, stripe_controls, stripe_till, stripe_wire
from local.sandboxes.stripe_books import Account, Books, Refused
from local.sandboxes.stripe_idempotency import Idempotency
from local.sandboxes.stripe_methods import METHODS, Method
from local.sandboxes.stripe_post import Post

__all__ = ["Account", "create_app"]

PLATFORM = "acct_booking_platform"
"""Our own account, to which those of schools are connected."""
LANGUAGE_ACADEMY = "acct_language_academy"
MUSIC_STUDIO = "acct_music_studio"
UNFINISHED = "acct_unfinished"
"""Its holder has not told Stripe who they are."""
ANYBODYS = "acct_1234567890"
"""Connected, and no school's yet."""
WEBHOOK_SECRET = "whsec_of_the_sandbox"  # noqa: S105 - signs what a sandbox sends


def demo_accounts() -> list[Account]:
    """Accounts for the demo's schools, and some to try things with."""
    return [
        Account(LANGUAGE_ACADEMY, "Language Academy", country="DE", currency="eur"),
        Account(MUSIC_STUDIO, "Music Studio"),
        Account(UNFINISHED, "Nobody Yet", currently_due=["external_account", "tos_acceptance.date"]),
        Account(ANYBODYS, "Anybody"),
    ]


def create_app(
    secret_key: str,
    accounts: Iterable[Account] | None = None,
    *,
    webhook_secret: str = WEBHOOK_SECRET,
    webhook_url: str | None = None,
) -> Flask:
    """Events go to `webhook_url` by themselves; without one they are kept, to be fetched or sent by the controls."""
    app = Flask(__name__)
    known = demo_accounts() if accounts is None else accounts
    books = Books(Account(PLATFORM, "Booking"), known, livemode="_live_" in secret_key)
    post = Post(webhook_secret, partial(_tick, books))
    books.deliver = post.put
    if webhook_url:
        post.open(webhook_url)
    faults.install(app)
    stripe_controls.install(app, books, post)
    _install_methods(app, books, secret_key)
    return app


def _install_methods(app: Flask, books: Books, secret_key: str) -> None:
    idempotency = Idempotency()
    for method in METHODS:
        view = partial(_answered, books, idempotency, secret_key, method)
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


def _answered(
    books: Books, idempotency: Idempotency, secret_key: str, method: Method, **named: str
) -> ResponseReturnValue:
    with books.lock:
        stripe_till.let_time_pass(books)
        call = stripe_wire.recognised(books, secret_key)
        params = stripe_wire.params(method.params)
        return idempotency.answer(call.account.id, lambda: method.answer(call, params, **named))


def _tick(books: Books) -> None:
    with books.lock:
        stripe_till.let_time_pass(books)
