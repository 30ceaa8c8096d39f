"""What front ends make of our contract with the tools of their own: types that fit, schemas that compile."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.node import HERE, Node
from tests.support.house import ROOT
from tests.support.local_stack import LocalStack

CONTRACT = HERE / "contract"
SNIPPET = re.compile(r"^### Types of it all$.*?^```js\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture
def front_end(node: Node, tmp_path: Path) -> Path:
    """A project with the tools installed."""
    for file in CONTRACT.iterdir():
        if file.is_file():
            shutil.copy(file, tmp_path)
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")
    return tmp_path


def test_a_program_with_the_types_of_our_contract_compiles_and_runs(front_end: Path, stack: LocalStack) -> None:
    """`requireRefund` had a default, so openapi-typescript would have it sent; who left it out could not compile."""
    run(front_end, "node_modules/openapi-typescript/bin/cli.js", f"{stack.url}/api/openapi.json", "-o", "api.d.ts")
    (front_end / "types.mjs").write_text(_snippet().replace("docs/schemas/", f"{ROOT}/docs/schemas/"))
    run(front_end, "types.mjs")
    run(front_end, "node_modules/typescript/bin/tsc", "-p", ".")
    known = stack.description
    run(
        front_end,
        "program.js",
        URL=stack.url,
        KEY=known["toursApiKey"],
        PROPERTY=known["propertyId"],
        SCHOOL=known["tenant"]["slug"],
        WORKSHOP=known["workshops"]["free"],
    )


def test_every_schema_compiles_where_unknown_words_are_errors(front_end: Path) -> None:
    """A maximum without a type: ajv, as it is installed, refused the form of a workshop."""
    published = ["docs/openapi.json", "docs/schemas/procedures.json", "docs/schemas/events.json"]
    run(front_end, "strict.mjs", *(str(ROOT / file) for file in published))


def run(folder: Path, *arguments: str, **environment: str) -> None:
    done = subprocess.run(
        ["node", *arguments],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def _snippet() -> str:
    """As docs/workshops-api.md tells it."""
    (found,) = SNIPPET.findall((ROOT / "docs/workshops-api.md").read_text())
    return str(found)
