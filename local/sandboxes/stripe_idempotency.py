"""Keys with which a request may be sent again: on one account, for a day, with the same parameters."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, request

from local.sandboxes.stripe_books import Refused
from local.sandboxes.stripe_things import Document, now

KEPT_SECONDS = 24 * 60 * 60
LONGEST_KEY = 255


@dataclass(frozen=True)
class _Answered:
    path: str
    form: tuple[tuple[str, str], ...]
    status: int
    body: str
    at: int


class Idempotency:
    """Answers by account and key; also refusals, if the method had begun."""

    def __init__(self) -> None:
        self._answered: dict[tuple[str, str], _Answered] = {}

    def answer(self, account_id: str, method: Callable[[], Document]) -> Response:
        key = request.headers.get("Idempotency-Key")
        if request.method != "POST" or not key:
            return Response(json.dumps(method()), content_type="application/json")
        if len(key) > LONGEST_KEY:
            raise _misused(f"Idempotency key is too long: it can have {LONGEST_KEY} characters")
        known = self._answered.get((account_id, key))
        if known is None or known.at <= now() - KEPT_SECONDS:
            known = self._answered[account_id, key] = _first(method)
            return _response(known, key)
        _check_same(known, key)
        return _response(known, key, replayed=True)


def _first(method: Callable[[], Document]) -> _Answered:
    try:
        status, answer = 200, method()
    except Refused as refusal:
        status, answer = refusal.status, {"error": refusal.error}
    return _Answered(request.path, _form(), status, json.dumps(answer), now())


def _check_same(known: _Answered, key: str) -> None:
    if known.path != request.path:
        raise _misused(
            "Keys for idempotent requests can only be used for the same endpoint they were first used for "
            f"('{known.path}' vs '{request.path}'). Try using a key other than '{key}' if you meant to execute a "
            "different request."
        )
    if known.form != _form():
        raise _misused(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
            f"using a key other than '{key}' if you meant to execute a different request."
        )


def _response(answered: _Answered, key: str, *, replayed: bool = False) -> Response:
    headers = {"Idempotency-Key": key} | ({"Idempotent-Replayed": "true"} if replayed else {})
    return Response(answered.body, answered.status, headers, content_type="application/json")


def _misused(message: str) -> Refused:
    return Refused(400, message, kind="idempotency_error")


def _form() -> tuple[tuple[str, str], ...]:
    return tuple(sorted(request.form.items(multi=True)))
