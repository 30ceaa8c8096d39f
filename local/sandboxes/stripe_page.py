"""Stripe's own page, on which a session is paid: with a card that works, or with one that is declined."""

from collections.abc import Callable

from flask import Flask, abort, redirect, render_template_string, request
from flask.typing import ResponseReturnValue

from local.sandboxes import stripe_amounts
from local.sandboxes.stripe_books import Books
from local.sandboxes.stripe_things import Session

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Stripe's sandbox</title>
<style>body {font: 1rem/1.5 system-ui; max-width: 30rem; margin: 3rem auto; padding: 0 1rem}</style>
<main>
<h1>{{ title }}</h1>
<p>{{ amount }}</p>
{% if session.status == "open" %}
{% if declined %}<p role="alert">The card was declined.</p>{% endif %}
<form method="post">
<button name="outcome" value="paid">Pay</button>
<button name="outcome" value="failed">Pay with a card that is declined</button>
</form>
{% if session.wanted.cancel_url %}<p><a href="{{ session.wanted.cancel_url }}">Back</a></p>{% endif %}
{% else %}
<p>Nothing can be paid here: this page is {{ session.status }}.</p>
{% endif %}
</main>
</html>
"""


def install(app: Flask, books: Books, pay: Callable[[Session, str], object]) -> None:
    @app.get("/c/pay/<id>")
    def page(id: str) -> ResponseReturnValue:
        with books.lock:
            return _shown(_session(books, id))

    @app.post("/c/pay/<id>")
    def pay_on_page(id: str) -> ResponseReturnValue:
        session = _session(books, id)
        outcome = request.form.get("outcome", "")
        if outcome not in {"paid", "failed"}:
            abort(400)
        if session.status == "open":
            pay(session, outcome)
        if session.status == "complete":
            return redirect(session.wanted.success_url.replace("{CHECKOUT_SESSION_ID}", session.id), 303)
        return _shown(session, declined=True)


def _session(books: Books, id: str) -> Session:
    return books.sessions.get(id) or abort(404)


def _shown(session: Session, *, declined: bool = False) -> str:
    wanted = session.wanted
    return render_template_string(
        PAGE,
        session=session,
        title=wanted.line_items[0].price_data.product_data.name,
        amount=stripe_amounts.shown(wanted.amount, wanted.currency),
        declined=declined,
    )
