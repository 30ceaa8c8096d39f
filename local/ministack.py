"""MiniStack, the AWS APIs in one child process: started on a free port, gone when we are.

Run as `python -m local.ministack <parent pid>` it *is* that child.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests

from local.processes import LOOPBACK, end_with_parent, free_port
from local.template import ROOT

START_SECONDS = 60
STOP_SECONDS = 1


class MiniStack:
    """The AWS endpoint of the local stack; its data lives as long as it does."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._files = tempfile.TemporaryDirectory(prefix="local-stack-")
        self._log = Path(self._files.name, "ministack.log")
        self._process = self._spawn()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"MiniStack did not start:\n{self._log.read_text()[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)  # it waits for open connections; there is no data to save
            self._process.wait()
        self._files.cleanup()

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._log.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "local.ministack", str(os.getpid())],
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C in the terminal is ours to handle, functions first
            )

    def _environment(self) -> dict[str, str]:
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SYSTEMROOT") if name in os.environ}
        return keep | {
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(self.port),
            "LOG_LEVEL": "ERROR",
            "TMPDIR": self._files.name,
        }

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/_ministack/health", timeout=2).ok
        except requests.RequestException:
            return False


def serve(parent: int) -> None:
    """Be MiniStack until SIGTERM, or until the stack that started us is gone."""
    from ministack.app import main  # type: ignore[import-untyped]

    end_with_parent(parent, STOP_SECONDS)
    sys.argv = ["ministack"]
    main()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
