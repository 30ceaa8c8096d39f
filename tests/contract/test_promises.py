"""docs/promises.md and the tests that it names: a promise whose proof cannot be found is only a claim."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.house import ROOT

TESTS = ROOT / "tests"
PROMISES = (ROOT / "docs" / "promises.md").read_text()
NUMBER = re.compile(r"INV-\d\d")
PROMISE = re.compile(r"^\*\*INV-\d\d\b.*?(?=^\*\*INV-|^## |\Z)", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"(?:[a-z_]+/)*test_\w+\.py")
TEST = re.compile(r"test_\w+")
IN_CODE = re.compile(r"`([^`\n]+)`")


def test_every_test_that_is_named_exists() -> None:
    """Tests were renamed, and the page sent its readers looking for what was no more."""
    assert [f"{file}: {test}" for file, test in _named() if test not in _docstrings(file)] == []


def test_every_test_that_is_named_names_a_promise_itself() -> None:
    """Whoever changed a test did not know that somebody relied on it."""
    assert [test for file, test in _named() if not NUMBER.search(_docstrings(file).get(test, ""))] == []


def test_every_promise_that_a_test_names_is_on_the_page() -> None:
    """A test guarded a promise that nobody had been given."""
    kept = {number for file in TESTS.rglob("test_*.py") for number in NUMBER.findall(file.read_text())}
    assert sorted(kept - set(NUMBER.findall(PROMISES))) == []


def test_nothing_that_is_written_like_a_test_is_passed_over() -> None:
    """The rule that reads the page understood half of it, and the checks above looked at the other half."""
    written = {code for code in IN_CODE.findall(PROMISES) if TEST.fullmatch(code)}
    assert written == {test for _, test in _named()}
    assert len(written) > 100


def _named() -> list[tuple[str, str]]:
    """A file below tests/, and a test that must be in it: all that the promises give as their proof."""
    return [proof for promise in PROMISE.findall(PROMISES) for proof in _proofs(promise)]


def _proofs(promise: str) -> Iterator[tuple[str, str]]:
    """Files come before their tests; a file without a folder is a neighbour of the one before it."""
    files: list[str] = []
    are_read = False
    for code in IN_CODE.findall(promise):
        if FILE.fullmatch(code):
            beside = Path(files[-1]).parent.as_posix() if files and "/" not in code else ""
            files = [*([] if are_read else files), f"{beside}/{code}" if beside else code]
            are_read = False
        elif TEST.fullmatch(code):
            are_read = True
            yield from ((file, code) for file in files)


@cache
def _docstrings(file: str) -> dict[str, str]:
    """What the tests of a file say of themselves, by their names."""
    if not (TESTS / file).is_file():
        return {}
    tree = ast.parse((TESTS / file).read_text())
    return {node.name: ast.get_docstring(node) or "" for node in tree.body if isinstance(node, ast.FunctionDef)}
