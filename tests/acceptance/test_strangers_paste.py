"""What README.md and then docs/ tell a stranger to paste into a terminal, pasted, in that order."""

import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.support.house import ROOT
from tests.support.local_stack import LocalStack, running

README = (ROOT / "README.md").read_text().partition("## Five stories")[2].partition("## Routes and functions")[0]
PAGES = ("local-stack", "immersio-api", "sign-on", "webhooks")
"""Those whose commands hold on any local stack, in the terminal of the README's stories."""

BLOCK = re.compile(r"```sh\n(?P<typed>.*?)```\n(?:```json\n(?P<shown>.*?)```\n)?", re.DOTALL)
KEY = re.compile(r'"(\w+)":')
CODE = re.compile(r"# .*?\b([A-Z]+_[A-Z_]+)\b")
MARK = "@@ block"


@pytest.fixture
def new_stack() -> Iterator[LocalStack]:
    """As a stranger's: nobody has changed the demo's data yet, and nobody else minds what becomes of it."""
    with running() as stack:
        yield stack


def test_each_block_runs_and_shows_what_stands_beside_it(new_stack: LocalStack) -> None:
    pages = [(ROOT / f"docs/{page}.md").read_text() for page in PAGES]
    blocks = list(BLOCK.finditer("".join([README, *pages])))
    assert len(blocks) > 18
    told = pasted([block["typed"].replace("http://127.0.0.1:3000", new_stack.url) for block in blocks])
    missing = {
        word: block["typed"]
        for block, text in zip(blocks, told, strict=True)
        for word in [*KEY.findall(block["shown"] or ""), *CODE.findall(block["typed"])]
        if word not in text
    }
    assert missing == {}
    assert "Traceback" not in new_stack.output


def pasted(blocks: list[str]) -> list[str]:
    """What a terminal shows of each; the first that fails ends it."""
    script = "".join(f"echo '{MARK}'\n{block}" for block in blocks)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=480,
        check=False,
    )
    shown = done.stdout.split(MARK)[1:]
    if done.returncode:
        pytest.fail(f"exit {done.returncode} in\n{blocks[len(shown) - 1]}\nwhich showed\n{shown[-1]}")
    return shown
