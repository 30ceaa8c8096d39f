"""Calls of operations, with the people and things they name: `$principal` in calls.yaml is `SchoolCast.principal`."""

import re
from datetime import datetime
from typing import Any

from tests.conformance.documents import Operation
from tests.conformance.school_cast import SchoolCast
from tests.conformance.story import Story
from tests.conformance.tour_cast import TourCast
from tests.conformance.wire import Reply
from tests.support.local_stack import LocalStack, eventually

NOTHING = "$nothing"
SAME: Any = ...
"""Whoever the data says."""


class Stage(SchoolCast, TourCast):
    def __init__(self, stack: LocalStack) -> None:
        super().__init__(stack)
        self.story = Story(self)
        self.measured: dict[str, Any] = {}
        """What of the limits was measured already."""
        self._replies: dict[str, list[Reply]] = {}

    @property
    def spare(self) -> dict[str, Any]:
        return {"new_tour": self.spare_tour, "new_slot": self.spare_slot}

    @property
    def paid_workshop(self) -> int:
        """One that somebody has paid a seat of."""
        _ = self.story.kept
        return int(self.story.workshop["id"])

    @property
    def paid_at(self) -> datetime:
        _ = self.story.kept
        return self.now

    def call(
        self,
        operation: Operation,
        sent: dict[str, Any] | None = None,
        by: str | None = SAME,
        headers: dict[str, str | None] | None = None,
        *,
        is_refused: bool = False,
    ) -> Reply:
        """With all that the data sends, unless something else is given; words with `$` stand for what they name.

        What is refused takes nothing, so it needs no tour or time of its own.
        """
        known: dict[str, Any] = self.spare if is_refused else {}
        given = self.resolved(operation.sends if sent is None else sent, known)
        who = operation.by if by is SAME else by
        if operation.is_trpc:
            return self.wire.procedure(operation.name, given, self.resolved(who, known), operation.kind)
        path = operation.path
        for name in [name for name in given if f"{{{name}}}" in path]:
            path = path.replace(f"{{{name}}}", str(given.pop(name)))
        path = re.sub(r"\{\w+\}", "", path)
        if who in self.told["secrets"]:
            return self.wire.signed(path, self.told["secrets"][who], given, headers or {})
        key = {"x-api-key": self.told[who]} if who else {}
        body = {"params": given} if operation.is_query_string else {"json": given}
        return self.wire.send(operation.method, path, headers={**key, **(headers or {})}, **body)

    def replies(self, operation: Operation) -> list[Reply]:
        """The answers in which every field of its output is to be seen; asked for once."""
        if operation.name not in self._replies:
            asked = [*([] if operation.accepts else [{}]), *operation.answers]
            self._replies[operation.name] = [self._reply(operation, **each) for each in asked]
        return self._replies[operation.name]

    def resolved(self, value: Any, known: dict[str, Any]) -> Any:
        """In one call the same word is the same thing."""
        if isinstance(value, dict):
            return {name: self.resolved(inner, known) for name, inner in value.items() if inner != NOTHING}
        if isinstance(value, list):
            return [self.resolved(inner, known) for inner in value]
        if isinstance(value, str) and value.startswith("$"):
            name, _, part = value[1:].partition(".")
            if name not in known:
                known[name] = getattr(self, name)
            return getattr(known[name], part) if part else known[name]
        return value

    def _reply(
        self, operation: Operation, sends: dict[str, Any] | None = None, by: str | None = SAME, until: str = ""
    ) -> Reply:
        found: list[Reply] = []

        def is_there() -> bool:
            found[:] = [self.call(operation, sends, by)]
            return not until or bool(found[0].value[until])

        eventually(is_there)
        return found[0]
