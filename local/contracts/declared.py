"""All that is declared in functions/, with what each handler says of itself."""

import importlib
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

from kernel.http import Endpoint
from kernel.trpc import Handler, Procedure
from local.template import ROOT


@cache
def endpoints() -> tuple[Endpoint, ...]:
    """Every REST route, by path."""
    found = [handler.endpoint for handler in _handlers() if hasattr(handler, "endpoint")]
    return tuple(sorted(found, key=lambda one: one.route.split()[::-1]))


@cache
def procedures() -> tuple[Procedure, ...]:
    """Every procedure, by name."""
    found = [handler.procedure for handler in _handlers() if isinstance(handler, Handler)]
    return tuple(sorted(found, key=lambda one: one.name))


def said_by(declared: Endpoint | Procedure) -> tuple[str, str]:
    """What the handler's docstring says: one sentence, and what there is to add."""
    first, _, more = (sys.modules[declared.function.__module__].__doc__ or "").strip().partition("\n\n")
    sentence = " ".join(first.partition(": ")[2].split())
    return sentence[:1].upper() + sentence[1:], "\n\n".join(" ".join(part.split()) for part in more.split("\n\n"))


def folder_of(declared: Endpoint | Procedure) -> str:
    """Below functions/."""
    return declared.function.__module__.removeprefix("functions.").removesuffix(".handler").replace(".", "/")


def name_of(declared: Endpoint | Procedure) -> str:
    """A name for code that is generated."""
    return folder_of(declared).replace("/", "_")


@cache
def _handlers() -> tuple[Any, ...]:
    return tuple(importlib.import_module(name).handler for name in _modules())


def _modules() -> Iterator[str]:
    for path in sorted((ROOT / "functions").rglob("handler.py")):
        yield ".".join(path.relative_to(ROOT).with_suffix("").parts)
