"""The methods of Stripe's API that the sandbox understands.

One more is a class of parameters, a function and a line in METHODS.
"""

from collections.abc import Callable
from dataclasses import dataclass

from local.sandboxes.stripe_books import Document
from local.sandboxes.stripe_wire import Call, Params


@dataclass(frozen=True)
class Method:
    verb: str
    path: str
    """As Flask writes it; what stands in `<>` goes to the function by name."""
    params: type[Params]
    answer: Callable[..., Document]
    """Of a call, its parameters and what its path names."""


class NoParams(Params):
    pass


def current_account(call: Call, _: NoParams) -> Document:
    return call.account.document()


def account(call: Call, _: NoParams, account: str) -> Document:
    return call.books.account(account, call.shown_key).document()


METHODS = (
    Method("GET", "/v1/account", NoParams, current_account),
    Method("GET", "/v1/accounts/<account>", NoParams, account),
)
