"""Sends events to our platform's endpoint, signed, and again a few times where it does not answer 2xx."""

import heapq
import itertools
import json
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import requests
import stripe

from local.sandboxes.stripe_things import Event, now

PAUSES = (1.0, 5.0, 25.0)
"""Stripe itself goes on for three days."""
ANSWER_SECONDS = 30.0
NO_ANSWER = 0
SUBSCRIBED = {
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "payment_intent.payment_failed",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.closed",
    "account.updated",
    "account.application.deauthorized",
}


class Post:
    """One thread that delivers, while there is an address to deliver to; `tick` is called every second beside it."""

    def __init__(self, secret: str, tick: Callable[[], None]) -> None:
        self.secret = secret
        self.pauses: Sequence[float] = PAUSES
        self.attempts: dict[str, list[int]] = defaultdict(list)
        """The statuses each event was answered with."""
        self._tick = tick
        self._url: str | None = None
        self._shift: object = None
        """Whose turn it is, should one thread not have ended when the next one begins."""
        self._paused = False
        self._untried: set[str] = set()
        self._due: list[tuple[float, int, Event]] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()

    def open(self, url: str) -> None:
        with self._changed:
            starts, self._url = self._url is None, url
            if starts:
                self._shift = object()
                threading.Thread(target=self._run, args=[self._shift], name="stripe's events", daemon=True).start()

    def close(self) -> None:
        with self._changed:
            self._url = self._shift = None
            self._due.clear()
            self._untried.clear()
            self._changed.notify_all()

    def pause(self, paused: bool) -> None:
        """Events that happen meanwhile are never sent by themselves, so that somebody can choose their order."""
        with self._changed:
            self._paused = paused

    def put(self, event: Event) -> None:
        with self._changed:
            if self._url and not self._paused and event.type in SUBSCRIBED:
                self._untried.add(event.id)
                self._later(event, 0)

    def send(self, event: Event) -> int:
        """Send one now, whether it was sent before or not."""
        body, signature = self.signed(event)
        status = self._answer(body, signature)
        with self._changed:
            self.attempts[event.id].append(status)
            self._untried.discard(event.id)
            self._changed.notify_all()
        return status

    def signed(self, event: Event) -> tuple[str, str]:
        """An event's body, and the header that proves where it is from."""
        body = json.dumps(event.document(), indent=2, ensure_ascii=False)
        return body, stripe.WebhookSignature.generate_signature_header(body, self.secret, now())

    def wait_for(self, events: Iterable[Event], seconds: float = 2 * ANSWER_SECONDS) -> None:
        """Until each of these that is on its way was tried once."""
        ids = {event.id for event in events}
        with self._changed:
            self._changed.wait_for(lambda: not ids & self._untried, seconds)

    def _run(self, shift: object) -> None:
        while self._shift is shift:
            self._tick()
            event = self._next()
            if event is None:
                continue
            status = self.send(event)
            tried = len(self.attempts[event.id])
            if not 200 <= status < 300 and tried <= len(self.pauses):
                with self._changed:
                    self._later(event, self.pauses[tried - 1])

    def _next(self) -> Event | None:
        """What is due, or None after a second at most."""
        with self._changed:
            wait = min(1.0, self._due[0][0] - time.monotonic()) if self._due else 1.0
            if wait > 0:
                self._changed.wait(wait)
            if self._due and self._due[0][0] <= time.monotonic():
                return heapq.heappop(self._due)[2]
        return None

    def _later(self, event: Event, seconds: float) -> None:
        heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), event))
        self._changed.notify_all()

    def _answer(self, body: str, signature: str) -> int:
        if self._url is None:
            return NO_ANSWER
        headers = {"Stripe-Signature": signature, "Content-Type": "application/json; charset=utf-8"}
        try:
            return requests.post(
                self._url, body.encode(), headers=headers, timeout=ANSWER_SECONDS, allow_redirects=False
            ).status_code
        except requests.RequestException:
            return NO_ANSWER
