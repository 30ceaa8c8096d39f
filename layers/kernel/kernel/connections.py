"""Requests that go to one checked address and to no other, and that end in time whatever the other side does.

requests resolves a name by itself, after any check of ours; and its time limit is one for each piece that arrives, so
that a server which drips its headers holds a worker for hours. Both are changed here, by the places that requests and
urllib3 have for it.
"""

import socket
import threading
from contextlib import suppress
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.response import HTTPResponse

from kernel.destinations import Destination

CONNECT_SECONDS = 3.05
ANSWER_SECONDS = 10.0
"""From the connection to the last header of the answer."""
BODY_SECONDS = 2.0
"""From there on, for as much of its body as is wanted."""


def session(to: Destination) -> requests.Session:
    """A session for requests to this destination; proxies and credentials of the environment are not used."""
    pinned = requests.Session()
    pinned.trust_env = False
    pinned.headers["Host"] = to.authority
    pinned.headers["Accept-Encoding"] = "identity"  # what is packed small could be anything but small
    for scheme in ("http://", "https://"):
        pinned.mount(scheme, _PinnedAdapter(to))
    return pinned


def beginning(answer: requests.Response, most: int) -> bytes:
    """How the body of a streamed answer begins: what came of it in time."""
    kept = bytearray()
    with suppress(OSError, HTTPError, ValueError):
        while len(kept) < most and (piece := answer.raw.read1(most - len(kept))):
            kept += piece
    return bytes(kept)


class _PinnedAdapter(HTTPAdapter):
    """Connects to the checked address; certificate and SNI are those of the name."""

    def __init__(self, to: Destination) -> None:
        self._to = to
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: bool | str, cert: str | tuple[str, str] | None = None
    ) -> Any:
        host, tls = super().build_connection_pool_key_attributes(request, verify, cert)
        name = {"server_hostname": self._to.host} if host["scheme"] == "https" else {}
        return {**host, "host": self._to.address}, {**tls, **name}


class _HttpConnection(HTTPConnection):
    """Cuts the line when the time is up, wherever the connection is just waiting."""

    _timer: threading.Timer | None = None
    _is_cut = False

    def connect(self) -> None:
        super().connect()
        self._line = self.sock
        """An answer that ends with its connection takes the socket away from us, and goes on reading it."""
        self._start(ANSWER_SECONDS)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # urllib3 ignores it too
        try:
            answer = super().getresponse()
        finally:
            self._stop()
        if self._is_cut:  # headers that break off are read as headers that end
            answer.close()
            raise TimeoutError("the answer took too long")
        self._start(BODY_SECONDS)
        return answer

    def close(self) -> None:
        self._stop()
        super().close()

    def _start(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def _stop(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _cut(self) -> None:
        self._is_cut = True
        with suppress(OSError):
            socket.socket.shutdown(self._line, socket.SHUT_RDWR)  # TLS on top of it stays as it is for who reads


class _HttpsConnection(_HttpConnection, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection
