"""What may be spelled, made or asked in one place only."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.house import CONTEXTS, ROOT, Source, sources

KEY = re.compile(r"(^|#)[A-Z][A-Z_]+#")
CLOCK = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
RANDOM_IDS = {"uuid.uuid1", "uuid.uuid4", "uuid4", "uuid.uuid7", "secrets.token_urlsafe", "secrets.token_hex"}
OUTSIDE = re.compile(r"(?<![\w.}])/" + r"(work|tmp/brief|tmp/venv|root)\b(?!-)" + r"|\.\./" + "shared")
BINARY = {".png", ".ico", ".woff2", ".jpg", ".webp"}

OURS = sources("layers", "functions")


def named(source: Source) -> str:
    return source.name


@pytest.mark.parametrize("source", [one for one in OURS if one.path.name != "keys.py"], ids=named)
def test_keys_are_spelled_in_keys(source: Source) -> None:
    """A row was written under one spelling of its key and looked for under another."""
    assert [f"line {line}: {text}" for line, text in source.texts if KEY.search(text)] == []


@pytest.mark.parametrize("source", [one for one in OURS if one.path.name != "clock.py"], ids=named)
def test_only_the_clock_knows_the_time(source: Source) -> None:
    """A test of the reminder a day before could pass only on a day it was not run."""
    assert [call for call in _calls(source) if call in CLOCK] == []


@pytest.mark.parametrize("source", [one for one in OURS if one.path.name != "ids.py"], ids=named)
def test_only_ids_makes_ids_and_secrets(source: Source) -> None:
    """A token was made from a predictable source, and guessed."""
    assert [call for call in _calls(source) if call in RANDOM_IDS] == []


@pytest.mark.parametrize("package", ["kernel", *CONTEXTS])
def test_every_package_is_typed(package: str) -> None:
    """Without its marker file a layer's types were silently `Any` to everyone who used it."""
    assert (ROOT / "layers" / package / package / "py.typed").is_file()


def test_nothing_points_outside_of_the_repository() -> None:
    """The clone of a new colleague looked for a file on somebody else's machine."""
    assert [f"{path.relative_to(ROOT)}:{line}" for path in _files() for line in _pointing_outside(path)] == []


def _calls(source: Source) -> Iterator[str]:
    """What is called, by its last two names: `datetime.now` for `datetime.datetime.now()` too."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call):
            yield ".".join(ast.unparse(node.func).split(".")[-2:])


def _files() -> list[Path]:
    """What git holds, or would hold."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return [path for path in paths if path.is_file() and path.suffix not in BINARY]


def _pointing_outside(path: Path) -> Iterator[int]:
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if OUTSIDE.search(line) and path != Path(__file__):
            yield number
