"""DynamoDB's refusal of writes that meet, which no emulator shows.

As DynamoDB documents it: while a transaction is under way on an item, another transaction with that item is cancelled
with `TransactionConflict`, and a single write of it is refused with `TransactionConflictException`. Single writes of
one item wait for each other and are never refused.
"""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from kernel import table

SINGLE = ("PutItem", "UpdateItem", "DeleteItem")
TRANSACTION = "TransactWriteItems"
Item = tuple[str, str]


@dataclass
class Contention:
    """What was written and what was refused, by operation."""

    tried: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    _under_way: Counter[Item] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    _mine: threading.local = field(default_factory=threading.local)

    @property
    def tries(self) -> float:
        """How often a write was sent until it was let through, on average of the operation that had it worst.

        Not of all writes together: many that nobody else wants would hide a few that were refused again and again.
        """
        return max((_ratio(count, count - self.refused[name]) for name, count in self.tried.items()), default=1.0)

    def before(self, params: dict[str, Any], model: Any, **_: Any) -> Any:
        body = json.loads(params["body"])
        written = _items(body) if model.name == TRANSACTION else [_key(body.get("Key") or body["Item"])]
        with self.lock:
            self.tried[model.name] += 1
            meeting = [self._under_way[item] > 0 for item in written]
            if any(meeting):
                self.refused[model.name] += 1
                return AWSResponse("", 400, HTTPHeaders(), None), _refusal(model.name, meeting)
            self._mine.items = written if model.name == TRANSACTION else []
            self._under_way.update(self._mine.items)
        return None

    def after(self, **_: Any) -> None:
        with self.lock:
            self._under_way.subtract(getattr(self._mine, "items", []))
            self._mine.items = []


@contextmanager
def contention() -> Iterator[Contention]:
    """From now on this process's writes meet as they would in DynamoDB."""
    seen = Contention()
    hooks = [
        (f"{when}.dynamodb.{operation}", hook)
        for operation in (*SINGLE, TRANSACTION)
        for when, hook in (("before-call", seen.before), ("after-call", seen.after), ("after-call-error", seen.after))
    ]
    with _hooked(hooks):
        yield seen


@contextmanager
def every_write_refused_once() -> Iterator[Contention]:
    """A thread's every write is refused the first time it is sent: transactions meet, single writes are throttled."""
    seen, known = Contention(), set[tuple[int, str]]()

    def refuse(params: dict[str, Any], model: Any, **_: Any) -> Any:
        body = json.loads(params["body"])
        body.pop("ClientRequestToken", None)  # another one for each try
        write = (threading.get_ident(), json.dumps(body, sort_keys=True))
        with seen.lock:
            seen.tried[model.name] += 1
            if write in known:
                return None
            known.add(write)
            seen.refused[model.name] += 1
        met = [True] * len(body.get("TransactItems", ()))
        refusal = _refusal(TRANSACTION, met) if met else _error("ProvisionedThroughputExceededException")
        return AWSResponse("", 400, HTTPHeaders(), None), refusal

    with _hooked([(f"before-call.dynamodb.{operation}", refuse) for operation in (*SINGLE, TRANSACTION)]):
        yield seen


@contextmanager
def _hooked(hooks: list[tuple[str, Any]]) -> Iterator[None]:
    events = table.client().meta.events
    for event, hook in hooks:
        events.register(event, hook)
    try:
        yield
    finally:
        for event, hook in hooks:
            events.unregister(event, hook)


def _ratio(sent: int, let_through: int) -> float:
    return sent / let_through if let_through else float("inf")


def _items(body: dict[str, Any]) -> list[Item]:
    actions = (next(iter(each.values())) for each in body["TransactItems"])
    return [_key(action.get("Key") or action["Item"]) for action in actions]


def _key(row: dict[str, Any]) -> Item:
    return row["pk"]["S"], row["sk"]["S"]


def _refusal(operation: str, meeting: list[bool]) -> dict[str, Any]:
    if operation != TRANSACTION:
        return _error("TransactionConflictException")
    reasons = [{"Code": "TransactionConflict" if met else "None"} for met in meeting]
    return {**_error("TransactionCanceledException"), "CancellationReasons": reasons}


def _error(code: str) -> dict[str, Any]:
    return {"Error": {"Code": code, "Message": "two writes met"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
