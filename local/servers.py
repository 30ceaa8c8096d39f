"""HTTP servers on loopback, each in a thread of its own."""

import logging
import os
import socket
import threading
from typing import Any

from waitress.server import create_server  # type: ignore[import-untyped]

from local.processes import LOOPBACK

BACKLOG = 1024

logging.getLogger("waitress.queue").setLevel(logging.ERROR)


class PortTaken(Exception):
    pass


def listen(port: int) -> socket.socket:
    """Take the port at once, so that a second stack fails before it has started anything."""
    try:
        return socket.create_server((LOOPBACK, port), backlog=BACKLOG)
    except OSError as error:
        raise PortTaken(f"port {port}: {os.strerror(error.errno or 0)}") from error


class WebServer:
    """A WSGI application served on loopback; port 0 picks a free one."""

    def __init__(self, application: Any, listener: socket.socket | None = None, threads: int = 16) -> None:
        listener = listener or listen(0)
        self.url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
        self._server = create_server(
            application,
            sockets=[listener],
            threads=threads,
            backlog=BACKLOG,
            connection_limit=1000,
            asyncore_use_poll=True,
            ident=None,
        )
        self._thread = threading.Thread(target=self._server.run, name=f"server {self.url}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.close()
