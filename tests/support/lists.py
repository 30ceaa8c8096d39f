"""Whitelists of a workshop, read as rows too, and what happens to them in the middle of something else."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from immersio.whitelist import service, store
from immersio.whitelist.model import Change, Entry
from kernel import settings, table

TENANT, WORKSHOP = 1, 2
BEFORE_WRITING, BEFORE_ANYTHING = "before-call.dynamodb.TransactWriteItems", "before-call.dynamodb"


def entries(*emails: str) -> list[Entry]:
    return [Entry(email=email) for email in emails]


def add(*emails: str) -> Change:
    return service.add(TENANT, WORKSHOP, entries(*emails))


def remove(*emails: str) -> Change:
    return service.remove(TENANT, WORKSHOP, entries(*emails))


def replace(*emails: str) -> Change:
    return service.replace(TENANT, WORKSHOP, entries(*emails))


def listed(workshop_id: int = WORKSHOP) -> list[str]:
    return [entry.email for entry in service.listed(TENANT, workshop_id)]


def students(count: int, first: int = 0) -> list[str]:
    return [f"student{number:04}@example.com" for number in range(first, first + count)]


def counted(workshop_id: int = WORKSHOP) -> int:
    """How many are on the list, as its own count says."""
    number = store.current_number(TENANT, workshop_id)
    generation = store.load_generation(TENANT, workshop_id, number or 0)
    return generation.count if generation else 0


def rows(entity: str) -> list[table.Item]:
    pages = table.client().get_paginator("scan").paginate(TableName=settings.table_name())
    found = (table.decode(item) for page in pages for item in page["Items"])
    return [row for row in found if row.get("entity") == entity]


@contextmanager
def meanwhile(*acts: Callable[[], Any], event: str = BEFORE_WRITING) -> Iterator[None]:
    """Before each of the next calls of this kind, one of these is done; what they call themselves does not count."""
    left, busy = iter(acts), list[bool]()

    def interfere(**_: Any) -> None:
        if not busy:
            busy.append(True)
            next(left, lambda: None)()
            busy.clear()

    with hooked(event, interfere):
        yield


@contextmanager
def hooked(event: str, hook: Callable[..., Any]) -> Iterator[None]:
    events = table.client().meta.events
    events.register(event, hook)
    try:
        yield
    finally:
        events.unregister(event, hook)


@contextmanager
def first_write_of_each_thread(wait: Callable[[], Any]) -> Iterator[None]:
    """Every thread has read by then, and waits here until all of them may go on."""
    waited = threading.local()

    def hold(**_: Any) -> None:
        if not hasattr(waited, "once"):
            waited.once = True
            wait()

    with hooked(BEFORE_WRITING, hold):
        yield


@contextmanager
def without_conditions(*on: str) -> Iterator[None]:
    """The control: conditions on rows of these sort keys hold whatever is there."""

    def loosen(params: dict[str, Any], **_: Any) -> None:
        for action in params["TransactItems"]:
            ((_, request),) = action.items()
            key = request.get("Key") or request["Item"]
            if "ConditionExpression" in request and key["sk"]["S"].startswith(on):
                request["ConditionExpression"] += " OR attribute_not_exists(no_such_attribute)"

    with hooked("provide-client-params.dynamodb.TransactWriteItems", loosen):
        yield
