"""Processes and ports: how a child ends with its parent, and how a free port is found."""

import os
import signal
import socket
import threading
import time

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def end_with_parent(parent: int, grace_seconds: float) -> None:
    """End ourselves once `parent` is gone, however it went; works where there is no prctl."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.25)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(grace_seconds)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
