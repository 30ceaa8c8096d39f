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
from urllib3.response import HTTPResponse

from kernel.destinations import Destination

CONNECT_SECONDS = 3.05
ANSWER_SECONDS = 10.0
"""From the connection to the last header of the answer."""


def session(to: Destination) -> requests.Session:
    """A session for requests to this destination; proxies and credentials of the environment are not used."""
    pinned = requests.Session()
    pinned.trust_env = False
    pinned.headers["Host"] = to.authority
    for scheme in ("http://", "https://"):
        pinned.mount(scheme, _PinnedAdapter(to))
    return pinned


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
        self._timer = threading.Timer(ANSWER_SECONDS, self._cut)
        self._timer.daemon = True
        self._timer.start()

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # urllib3 ignores it too
        try:
            answer = super().getresponse()
        finally:
            self._stop()
        if self._is_cut:  # headers that break off are read as headers that end
            answer.close()
            raise TimeoutError("the answer took too long")
        return answer

    def close(self) -> None:
        self._stop()
        super().close()

    def _stop(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _cut(self) -> None:
        self._is_cut = True
        if self.sock:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


class _HttpsConnection(_HttpConnection, HTTPSConnection):
    pass


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsConnection
