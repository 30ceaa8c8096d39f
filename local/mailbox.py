"""Every e-mail that left, whole: a recording front of MiniStack's SES, which itself keeps no calendar file."""

import base64
import email.policy
import html
import threading
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

import requests
from flask import Blueprint, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

SEND = "v2/email/outbound-emails"
HOP_HEADERS = {"host", "content-length", "connection"}


class Mailbox:
    def __init__(self, ses_url: str) -> None:
        self._ses_url = ses_url
        self._messages: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def all(self) -> list[dict[str, Any]]:
        """The newest last."""
        with self._lock:
            return list(self._messages)

    def record(self, call: dict[str, Any]) -> None:
        message = decoded(base64.b64decode(call["Content"]["Raw"]["Data"]))
        with self._lock:
            self._messages.append(message)

    def pages(self) -> Blueprint:
        pages = Blueprint("mail", __name__)
        pages.add_url_rule("/mail", view_func=self._list)
        pages.add_url_rule("/mail/<int:number>", view_func=self._show)
        pages.add_url_rule("/ses/<path:path>", view_func=self._forward, methods=["GET", "POST", "PUT", "DELETE"])
        return pages

    def _list(self) -> ResponseReturnValue:
        messages = self.all()
        if request.args.get("format") == "html":
            return _list_page(messages)
        return jsonify(messages)

    def _show(self, number: int) -> ResponseReturnValue:
        messages = self.all()
        return str(messages[number]["html"]) if number < len(messages) else abort(404)

    def _forward(self, path: str) -> ResponseReturnValue:
        """Hand the call to SES; what SES accepted to send is kept."""
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP_HEADERS}
        body = request.get_data()
        url = f"{self._ses_url}/{path}?{request.query_string.decode()}"
        answer = requests.request(request.method, url, data=body, headers=headers, timeout=10)
        if path == SEND and answer.ok:
            self.record(request.get_json(force=True))
        return Response(answer.content, answer.status_code, content_type=answer.headers.get("content-type"))


def decoded(raw: bytes) -> dict[str, Any]:
    """A message as its reader sees it."""
    message = BytesParser(policy=email.policy.default).parsebytes(raw)
    return {
        "from": str(message["From"]),
        "to": str(message["To"]),
        "subject": str(message["Subject"]),
        "sentAt": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "text": _first(message, "text/plain"),
        "html": _first(message, "text/html"),
        "calendar": _first(message, "text/calendar"),
        "attachments": [_attachment(part) for part in message.iter_attachments() if part.get_filename()],
        "headers": {name: str(value) for name, value in message.items()},
    }


def _first(message: EmailMessage, content_type: str) -> str | None:
    for part in message.walk():
        if part.get_content_type() == content_type and isinstance(part, EmailMessage):
            return str(part.get_content())
    return None


def _attachment(part: EmailMessage) -> dict[str, Any]:
    content = part.get_content()
    return {
        "filename": part.get_filename(),
        "contentType": part.get_content_type(),
        "content": content if isinstance(content, str) else _text_or_base64(content),
    }


def _text_or_base64(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return base64.b64encode(content).decode()


def _list_page(messages: list[dict[str, Any]]) -> str:
    rows = "".join(
        f"<li><a href='/_local/mail/{number}'>{html.escape(message['subject'])}</a>, to {html.escape(message['to'])}"
        for number, message in enumerate(messages)
    )
    return f"<!doctype html><meta charset=utf-8><title>Mail sent</title><h1>Mail sent</h1><ol>{rows}</ol>"
