"""`/_local`: what tests and curious people may know of the running stack. Only there, never deployed."""

import json
import threading
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Flask, jsonify, request
from flask.typing import ResponseReturnValue

from local.mailbox import Mailbox
from local.sandboxes import faults


class WebhookSink:
    """The receiver of outgoing webhooks: answers 200 and keeps everything as it came."""

    def __init__(self) -> None:
        self._deliveries: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def pages(self) -> Blueprint:
        pages = Blueprint("webhooks", __name__)
        pages.add_url_rule("/webhooks", view_func=self._list, methods=["GET"], endpoint="list")
        pages.add_url_rule("/webhooks", view_func=self._receive, methods=["POST"], endpoint="receive")
        return pages

    def _list(self) -> ResponseReturnValue:
        with self._lock:
            return jsonify(list(self._deliveries))

    def _receive(self) -> ResponseReturnValue:
        body = request.get_data(as_text=True)
        delivery = {
            "receivedAt": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "body": body,
            "json": _json_or_none(body),
        }
        with self._lock:
            self._deliveries.append(delivery)
        return "", 200


def application(mailbox: Mailbox, description: dict[str, Any]) -> Flask:
    """The pages below `/_local`; `description` is filled while the stack comes up.

    Whoever is told can be stopped and started by its faults, and what it has received is read meanwhile.
    """
    app = Flask(__name__)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.register_blueprint(mailbox.pages())
    app.register_blueprint(WebhookSink().pages())
    faults.install(app, frozenset({"POST"}))
    app.add_url_rule("/", view_func=lambda: jsonify(description), endpoint="description", strict_slashes=False)
    return app


def _json_or_none(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
