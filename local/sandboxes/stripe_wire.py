"""How Stripe is spoken with: a key, a version, forms with brackets, and what it says of a request it does not like."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import request
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from local.sandboxes.stripe_books import Account, Books, Refused
from local.sandboxes.stripe_params import Params

VERSION = re.compile(r"\d{4}-\d\d-\d\d(\.[a-z]+)?")
KEYS = "https://stripe.com/docs/api#authentication"
CODES = {"customer_email": "email_invalid", "success_url": "url_invalid", "cancel_url": "url_invalid"}
NO_KEY = (
    "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth "
    f"(e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See {KEYS} for details, or we can help at "
    "https://support.stripe.com/."
)


Parsed = TypeVar("Parsed", bound=Params)


@dataclass(frozen=True)
class Call:
    """One request that may be answered."""

    books: Books
    shown_key: str
    account: Account
    """On whose account it is made: the platform's own, or the one that `Stripe-Account` names."""


def recognised(books: Books, secret_key: str) -> Call:
    """Who calls, on whose account, and in a version that there is."""
    _check_key(secret_key)
    _check_version(request.headers.get("Stripe-Version"))
    shown = masked(secret_key)
    on_behalf = request.headers.get("Stripe-Account", books.platform.id)
    return Call(books, shown, books.account(on_behalf, shown))


def params(model: type[Parsed]) -> Parsed:
    """The request's parameters: those of its address for GET, of its form otherwise."""
    pairs = request.args if request.method == "GET" else request.form
    _check_not_empty(pairs.items(multi=True))
    try:
        parsed = model.model_validate(unfolded(pairs.items(multi=True)))
    except ValidationError as error:
        raise _refusal(error.errors()) from None
    for property in parsed.expand:
        raise Refused(400, f"This property cannot be expanded ({property}).")
    return parsed


def unfolded(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`line_items[0][quantity]=1` as {"line_items": [{"quantity": "1"}]}; `expand[]=a` as {"expand": ["a"]}."""
    root: dict[str, Any] = {}
    for name, value in pairs:
        *path, last = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name) or [name]
        inner = root
        for step in path:
            inner = inner.setdefault(step or str(len(inner)), {})
        inner[last or str(len(inner))] = value
    return {name: _listed(value) for name, value in root.items()}


def masked(key: str) -> str:
    return f"{key[:8]}{'*' * max(len(key) - 12, 0)}{key[-4:]}"


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(each) for name, each in value.items()}
    return list(inner.values()) if all(name.isdecimal() for name in inner) else inner


def _check_key(secret_key: str) -> None:
    """As a bearer token, or as the user of basic authentication (`curl -u sk_test_…:`)."""
    sent = request.authorization
    key = (sent.token or sent.username) if sent else None
    if not key:
        raise Refused(401, NO_KEY)
    if key != secret_key:
        raise Refused(401, f"Invalid API Key provided: {masked(key)}")


def _check_version(version: str | None) -> None:
    if version is not None and not VERSION.fullmatch(version):
        raise Refused(400, f"Invalid Stripe API version: {version}")


def _check_not_empty(pairs: Iterable[tuple[str, str]]) -> None:
    """Nothing is what unsets a thing; metadata can be unset."""
    for name, value in pairs:
        if not value and "metadata" not in name:
            message = (
                f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; "
                f"however '{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty "
                "value."
            )
            raise Refused(400, message, code="parameter_invalid_empty", param=name)


def _refusal(problems: list[ErrorDetails]) -> Refused:
    """Unknown parameters first, all of them; of other problems the first one."""
    unknown = [_param(problem) for problem in problems if problem["type"] == "extra_forbidden"]
    if unknown:
        word = "parameter" if len(unknown) == 1 else "parameters"
        return Refused(
            400, f"Received unknown {word}: {', '.join(unknown)}", code="parameter_unknown", param=unknown[0]
        )
    param, kind, given = _param(problems[0]), problems[0]["type"], problems[0]["input"]
    if kind == "missing":
        return Refused(400, f"Missing required param: {param}.", code="parameter_missing", param=param)
    if kind.startswith("int_"):
        return Refused(400, f"Invalid integer: {given}", code="parameter_invalid_integer", param=param)
    return Refused(400, f"Invalid {param}: {problems[0]['msg']}", code=CODES.get(param), param=param)


def _param(problem: ErrorDetails) -> str:
    """`line_items[0][quantity]`, as a form spells it."""
    first, *inner = map(str, problem["loc"])
    return first + "".join(f"[{step}]" for step in inner)
