"""The local stack as a developer starts it: `python -m local` in a process of its own, on a free port."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests

from local.processes import free_port
from tests.support.house import ROOT

START_SECONDS = 240
STOP_SECONDS = 60
EVENTUALLY_SECONDS = 120
"""Each is many times what it takes, on a slow machine too; what is done once a minute happens within the last one."""

Value = TypeVar("Value")


class LocalStack:
    """A running stack; `description` is its `/_local`."""

    def __init__(self, root: Path = ROOT) -> None:
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self.process = start(port, root)
        self._lines: list[str] = []
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._ready.wait(START_SECONDS) or self.process.poll() is not None:
            self.stop(signal.SIGKILL)
            raise RuntimeError(f"the local stack did not start:\n{self.output}")
        self.description: dict[str, Any] = requests.get(f"{self.url}/_local", timeout=60).json()

    @property
    def output(self) -> str:
        return "".join(self._lines)

    @property
    def ports(self) -> list[int]:
        """Where its processes listen: the gateway, AWS and each sandbox."""
        urls = [self.url, self.description["awsEndpointUrl"], *self.description["sandboxes"].values()]
        return [urlsplit(url).port or 0 for url in urls]

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        """Call the API as the demo's first client."""
        headers = {"x-api-key": self.description["toursApiKey"], **options.pop("headers", {})}
        return requests.request(method, f"{self.url}{path}", headers=headers, timeout=60, **options)

    def told(self) -> list[Any]:
        """The signed events that it has sent to others."""
        deliveries = requests.get(f"{self.url}/_local/webhooks", timeout=60).json()
        return [delivery["json"] for delivery in deliveries if "webhook-id" in delivery["headers"]]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(STOP_SECONDS)
        self._reader.join(STOP_SECONDS)
        return code

    def _read(self) -> None:
        with self.process as process:
            for line in process.stdout or ():
                self._lines.append(line)
                if line.startswith(f"ready {self.url}"):
                    self._ready.set()
        self._ready.set()


@contextmanager
def running(root: Path = ROOT) -> Iterator[LocalStack]:
    stack = LocalStack(root)
    try:
        yield stack
    finally:
        if stack.process.poll() is None:
            stack.stop()


def start(port: int, root: Path = ROOT) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "local", "--follow-parent"],
        cwd=root,
        env={**os.environ, "PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def copy_of_the_tree(folder: Path) -> Path:
    """What the stack is made of, to be edited freely."""
    for name in ("functions", "layers", "local"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "template.yaml", folder)
    return folder


def eventually(look: Callable[[], Value]) -> Value:
    """The first true value `look` finds; what happens in the background gets a while to happen.

    It looks less and less often, or the looking itself would be more than a caller may ask for in a minute.
    """
    deadline, pause = time.monotonic() + EVENTUALLY_SECONDS, 0.1
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(pause)
        pause = min(pause * 1.2, 1)
    return found


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
