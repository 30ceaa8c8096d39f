"""Tells our platform what happened at Immersio: signed, and again a few times where it does not answer 2xx."""

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import requests

from local.sandboxes.immersio_school import Document, new_id, now, written

PAUSES = (1.0, 5.0, 25.0)
ANSWER_SECONDS = 30.0
NO_ANSWER = 0


@dataclass
class Event:
    id: str
    body: str
    """The same bytes, however often it is sent."""
    answers: list[Document] = field(default_factory=list)
    """What our receiver said, each time."""


class Post:
    """Without an address, events are kept, to be fetched with their signatures and delivered by hand."""

    def __init__(self, secret: str, url: str | None, pauses: Sequence[float]) -> None:
        self.url = url
        self.events: dict[str, Event] = {}
        self._secret = secret
        self._pauses = pauses

    def tell(self, name: str, data: Document) -> Event:
        """Something has happened; it is told at once, and later again if need be."""
        webhook_id = new_id("wh")
        told = {"event": name, "data": data, "timestamp": written(now()), "webhookId": webhook_id}
        event = Event(webhook_id, json.dumps(told, ensure_ascii=False))
        self.events[event.id] = event
        if self.url and not self.send(event):
            threading.Thread(target=self._again, args=[event], name=f"Immersio's {event.id}", daemon=True).start()
        return event

    def send(self, event: Event) -> bool:
        """Send it now; whether it was taken."""
        if self.url is None:
            return False
        headers = {**self.headers(event), "Content-Type": "application/json"}
        try:
            answer = requests.post(
                self.url, event.body.encode(), headers=headers, timeout=ANSWER_SECONDS, allow_redirects=False
            )
        except requests.RequestException:
            event.answers.append({"status": NO_ANSWER, "body": None})
            return False
        event.answers.append({"status": answer.status_code, "body": _json_or_text(answer)})
        return answer.ok

    def headers(self, event: Event) -> dict[str, str]:
        """It is signed anew each time it is sent: a signature holds for some minutes."""
        timestamp = str(int(time.time()))
        signed = hmac.new(self._secret.encode(), f"{timestamp}.{event.body}".encode(), hashlib.sha256)
        return {"X-Webhook-Timestamp": timestamp, "X-Webhook-Signature": signed.hexdigest()}

    def document(self, event: Event) -> Document:
        return {
            "webhookId": event.id,
            "body": event.body,
            "headers": self.headers(event),
            "answers": event.answers,
        }

    def _again(self, event: Event) -> None:
        for pause in self._pauses:
            time.sleep(pause)
            if self.send(event):
                return


def _json_or_text(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return answer.text[:1000]
