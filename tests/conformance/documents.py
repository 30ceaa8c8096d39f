"""The two documents as data, with what we send to try each of their lines."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.conformance import shapes
from tests.conformance.shapes import Shape

HERE = Path(__file__).parent
OPERATIONS = ("tenant", "workshop", "integration", "landing", "public", "webhook", "tours")


@dataclass(frozen=True)
class Operation:
    """A procedure or a route: what the document says of it, and how it is called."""

    name: str
    """`immersio.tenant.get`, or `GET /api/…`."""
    section: str
    about: str
    """What it is there for, in the document's own sentence."""
    kind: str
    """query, mutation or rest"""
    input: Shape
    output: Shape | None
    headers: dict[str, str]
    events: tuple[str, ...]
    refusals: tuple[dict[str, Any], ...]
    sends: dict[str, Any]
    by: str | None = None
    instead: dict[str, dict[str, Any]] = field(default_factory=dict)
    refuses: dict[str, list[str]] = field(default_factory=dict)
    accepts: tuple[str, ...] = ()
    samples: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    answers: tuple[dict[str, Any], ...] = ()
    ours: tuple[str, ...] = ()
    unseen: dict[str, str] = field(default_factory=dict)
    event_data: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def is_trpc(self) -> bool:
        return self.kind != "rest"

    @property
    def method(self) -> str:
        return self.name.split()[0] if not self.is_trpc else {"query": "GET", "mutation": "POST"}[self.kind]

    @property
    def path(self) -> str:
        return f"/api/trpc/{self.name}" if self.is_trpc else self.name.split()[1]

    @property
    def is_query_string(self) -> bool:
        """Whatever is sent there is text."""
        return not self.is_trpc and self.method == "GET"


def load(name: str) -> Any:
    return yaml.safe_load((HERE / "documents" / f"{name}.yaml").read_text())


def load_own(name: str) -> Any:
    return yaml.safe_load((HERE / f"{name}.yaml").read_text())


@cache
def operations() -> tuple[Operation, ...]:
    calls = load_own("calls")
    written = {name: lines for document in OPERATIONS for name, lines in load(document).items()}
    assert calls.keys() == written.keys(), calls.keys() ^ written.keys()
    return tuple(_operation(name, lines, calls[name]) for name, lines in written.items())


def operation(name: str) -> Operation:
    return next(one for one in operations() if one.name == name)


def _operation(name: str, lines: dict[str, Any], call: dict[str, Any]) -> Operation:
    call = dict(call)
    return Operation(
        name=name,
        section=lines["section"],
        about=lines["about"],
        kind=lines.get("kind", "rest"),
        input=shapes.read(lines["input"]),
        output=shapes.read(lines["output"]) if "output" in lines else None,
        headers=lines.get("headers", {}),
        events=tuple(lines.get("events", ())),
        refusals=tuple(lines.get("refusals", ())),
        event_data=call.pop("events", {}),
        accepts=tuple(call.pop("accepts", ())),
        answers=tuple(call.pop("answers", ())),
        ours=tuple(call.pop("ours", ())),
        **call,
    )
