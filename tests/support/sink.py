"""Somebody to whom our webhooks go: a real HTTP server that keeps what it was sent."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, request
from requests.structures import CaseInsensitiveDict
from werkzeug.serving import BaseWSGIServer, make_server


@dataclass
class Received:
    headers: CaseInsensitiveDict[str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Sink:
    """`answers` are given one after the other, then 200s; an answer is a status or a status and headers."""

    answers: list[int | tuple[int, dict[str, str]]] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    body: bytes = b""
    """What every answer says."""
    hold: threading.Event | None = None
    """No answer is given before this."""

    def application(self) -> Flask:
        app = Flask("sink")

        @app.post("/<path:_>")
        def take(_: str) -> Response:
            self.received.append(Received(CaseInsensitiveDict(request.headers), request.get_data()))
            if self.hold:
                self.hold.wait(300)
            answer = self.answers.pop(0) if self.answers else 200
            status, headers = answer if isinstance(answer, tuple) else (answer, {})
            return Response(self.body, status=status, headers=headers)

        return app


class OnDemand:
    """A WSGI application that is made for its first request: most tests never ask a sandbox for anything."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._made: Any = None
        self._lock = threading.Lock()

    def __call__(self, *request: Any) -> Any:
        with self._lock:
            self._made = self._made or self._make()
        return self._made(*request)


class Served:
    """A WSGI application on a free port of loopback, in a thread."""

    def __init__(self, application: Any) -> None:
        self._server: BaseWSGIServer = make_server("127.0.0.1", 0, application, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
