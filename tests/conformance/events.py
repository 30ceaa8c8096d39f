"""Section 3: what Immersio is told, key by key, as the examples have it."""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from tests.conformance.item import Item
from tests.conformance.stage import Stage
from tests.conformance.story import example

EVENTS = ("BOOKING_CREATED", "BOOKING_CANCELLED", "PAYMENT_COMPLETED", "WORKSHOP_CREATED")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
OURS = re.compile(r"(^|[a-z])(id|Id|uid|Uid)$|^(slug|timestamp)$|At$|Time$")
"""Keys whose values are made anew each time."""
OTHERS = {"immersioOrgId", "stripeAccountId", "data.workshop.teacher.name", "data.workshop.teacher.email"}
"""What the demo's school calls otherwise; by key, or by path."""
KEPT = {"immersioCourseId", "immersioStudentId", "data.tenant.slug"}
"""These are ids too, and the story's own."""
PREFIXED = re.compile(r"(booking|pi|re|cus|acct|org)_")


def items() -> Iterator[Item]:
    for name in EVENTS:
        sent = example(f"{name}.event")
        yield Item("3", name, "has these keys and no others", partial(_has_same_keys, name))
        for path, value in _leaves(sent):
            yield Item("3", name, f"{'.'.join(path)} as in {value!r}", partial(_is_alike, name, path, value))


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    else:
        yield path, value


def _has_same_keys(name: str, stage: Stage) -> None:
    told = {path for path, _ in _leaves(stage.story.event(name))}
    assert told == {path for path, _ in _leaves(example(f"{name}.event"))}


def _is_alike(name: str, path: tuple[str, ...], value: Any, stage: Stage) -> None:
    """The same type; the very same value where the story says it; the same form of times and of Stripe's ids."""
    told: Any = stage.story.event(name)
    for key in path:
        told = told[key]
    assert type(told) is type(value), f"{told!r} is no {type(value).__name__}"
    if isinstance(value, str) and INSTANT.fullmatch(value):
        assert INSTANT.fullmatch(told), told
    elif _is_settled(path):
        assert told == value
    elif isinstance(value, str) and (prefix := PREFIXED.match(value)):
        assert told.startswith(prefix[0]), told


def _is_settled(path: tuple[str, ...]) -> bool:
    names = {path[-1], ".".join(path)}
    return bool(names & KEPT) or not (names & OTHERS or OURS.search(path[-1]))
