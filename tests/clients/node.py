"""The real clients, in a Node process that does what it is told line by line."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LOCK, INSTALLED = HERE / "package-lock.json", HERE / "node_modules/.package-lock.json"
OLDEST = 20
TRPC = ("v10", "v11", "cal")
"""@trpc/client 10, 11, and the version that Cal.com has pinned, each with its superjson."""


class Unavailable(Exception):
    """Why the real clients cannot be used on this machine."""


class Node:
    """`call`, `serialize`, `deserialize`, `makeCookies`, `readCookies`: see the .mjs file of each."""

    def __init__(self) -> None:
        _install()
        self._process = subprocess.Popen(
            ["node", "run.mjs"], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def do(self, verb: str, **request: Any) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"do": verb, **request}) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "failed" not in answer, answer["failed"]
        return answer.get("done")

    def stop(self) -> None:
        self._process.communicate()


def _install() -> None:
    """What the lock file names, unless it is there already."""
    if not shutil.which("npm") or not shutil.which("node"):
        raise Unavailable("Node is not installed")
    version = subprocess.run(["node", "--version"], capture_output=True, check=True, text=True).stdout
    if int(version.removeprefix("v").split(".")[0]) < OLDEST:
        raise Unavailable(f"Node {version.strip()} is too old; {OLDEST} is the oldest that does")
    if INSTALLED.is_file() and INSTALLED.stat().st_mtime >= LOCK.stat().st_mtime:
        return
    installed = subprocess.run(
        ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=HERE,
        capture_output=True,
        check=False,
        text=True,
    )
    if installed.returncode:
        raise Unavailable(f"npm ci failed: {installed.stderr.strip()[-300:]}")
