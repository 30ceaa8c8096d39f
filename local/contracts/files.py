"""The files that are written: for people who read a diff, for code generators, and for our own functions to serve."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.contracts import events, openapi, page, procedures
from local.template import ROOT


def _pretty(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _compact(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


FILES: dict[Path, Callable[[], str]] = {
    ROOT / "docs/openapi.json": lambda: _pretty(openapi.document()),
    ROOT / "docs/schemas/procedures.json": lambda: _pretty(procedures.document()),
    ROOT / "docs/schemas/events.json": lambda: _pretty(events.document()),
    ROOT / "functions/openapi/json/openapi.json": lambda: _compact(openapi.document()),
    ROOT / "functions/docs/page.html": page.html,
}
"""Each with what makes its text."""


def write() -> None:
    for file, made in FILES.items():
        text = made()
        if not file.is_file() or file.read_text() != text:
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
            print(f"wrote {file.relative_to(ROOT)}")
