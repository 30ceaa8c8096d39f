"""The ten-second rule as code: a procedure's name is the path of its handler."""

import importlib.util
import re
import sys
from functools import cache
from pathlib import Path

from kernel.trpc import Find, Handler, Procedure


def in_folders(**folders: Path) -> Find:
    """Find procedures by the folder of their name's first part: `immersio.tenant.get` is tenant/get in `immersio`."""

    def find(name: str) -> Procedure | None:
        first, *rest = name.split(".")
        if first not in folders or not rest:
            return None
        file = folders[first].joinpath(*map(_snake_case, rest), "handler.py")
        procedure = _procedure(file) if file.is_file() else None
        return procedure if procedure and procedure.name == name else None

    return find


@cache
def _procedure(file: Path) -> Procedure | None:
    """The procedure that a handler declares; REST endpoints and workers are none."""
    name = "procedure_" + "_".join(file.parent.parts[1:])
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        return None
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler = getattr(module, "handler", None)
    return handler.procedure if isinstance(handler, Handler) else None


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()
