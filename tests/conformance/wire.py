"""Calls over HTTP as clients make them, each from an address of its own choice, and what is answered to them."""

import json
import re
import threading
from dataclasses import dataclass
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from kernel import clock, signatures, superjson

ON_THE_WIRE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
"""How JavaScript writes a Date."""


@dataclass(frozen=True)
class Reply:
    """An answer, of a procedure or of REST, in words that hold for both."""

    answer: requests.Response
    is_trpc: bool = False

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def body(self) -> Any:
        """Anew each time: who decodes superjson writes into it."""
        return self.answer.json()

    @property
    def value(self) -> Any:
        """What was answered, with the dates that it says are Dates."""
        assert self.status < 300, self
        return superjson.decode(self.body["result"]["data"]) if self.is_trpc else self.body

    @property
    def error(self) -> dict[str, Any]:
        """tRPC's error, without its envelope; or REST's body."""
        return dict(self.body["error"]["json"] if self.is_trpc else self.body) if self.status >= 400 else {}

    @property
    def code(self) -> str | None:
        """Ours; None where it went well."""
        return (self.error.get("data", {}).get("appCode") if self.is_trpc else self.error.get("code")) or None

    @property
    def fields(self) -> set[str]:
        """Those that a refusal names."""
        found = (self.error.get("data", {}) if self.is_trpc else self.error).get("details")
        return {str(each.get("field")) for each in found} if isinstance(found, list) else set()

    def __str__(self) -> str:
        return f"{self.answer.request.method} {self.answer.request.path_url}: {self.status} {self.answer.text[:600]}"


class From(HTTPAdapter):
    """A way out by one of this machine's own addresses."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__(pool_maxsize=16)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options, source_address=(self._address, 0))


class Wire:
    CALLS_OF_AN_ADDRESS = 50
    """Far below what a public address may ask for in a minute."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._lock = threading.Lock()
        self._calls = 0
        self._session = self.at("127.1.0.1")

    @staticmethod
    def at(address: str) -> requests.Session:
        """It keeps no cookies: who calls is said with each call."""
        session = requests.Session()
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.mount("http://", From(address))
        return session

    def send(self, method: str, path: str, **options: Any) -> Reply:
        """From an address that has not asked often."""
        with self._lock:
            self._calls += 1
            if self._calls % self.CALLS_OF_AN_ADDRESS == 0:
                used = self._calls // self.CALLS_OF_AN_ADDRESS
                self._session = self.at(f"127.1.{used // 250}.{used % 250 + 1}")
            session = self._session
        answer = session.request(method, f"{self.url}{path}", timeout=60, allow_redirects=False, **options)
        return Reply(answer, is_trpc=path.startswith("/api/trpc/"))

    def procedure(self, name: str, sent: Any, cookie: str | None, kind: str) -> Reply:
        headers = {"cookie": cookie} if cookie else {}
        envelope = superjson.encode(sent)
        if kind == "query":
            asked = {"input": json.dumps(envelope)}
            return self.send("GET", f"/api/trpc/{name}", params=asked, headers=headers)
        return self.send("POST", f"/api/trpc/{name}", json=envelope, headers=headers)

    def signed(self, path: str, secret: str, sent: Any, headers: dict[str, str | None]) -> Reply:
        """A webhook as its sender signs it; headers take the place of what is usual, and None takes it away."""
        body, now = json.dumps(sent).encode(), clock.epoch(clock.now())
        usual = {
            "Content-Type": "application/json",
            "X-Webhook-Timestamp": str(now),
            "X-Webhook-Signature": signatures.sign(secret, now, body),
        }
        given = {name: value for name, value in {**usual, **headers}.items() if value is not None}
        return self.send("POST", path, data=body, headers=given)


def badly_written_dates(value: Any, path: str = "") -> list[str]:
    """Dates of an answer, encoded by superjson, that are not as JavaScript writes them."""
    envelope = value["result"]["data"]
    annotated = (envelope.get("meta") or {}).get("values") or {}
    wrong = []
    for place, kinds in annotated.items():
        if kinds == ["Date"]:
            found = envelope["json"]
            for step in place.split("."):
                found = found[int(step)] if isinstance(found, list) else found[step]
            if not ON_THE_WIRE.fullmatch(str(found)):
                wrong.append(f"{path}{place} is {found}")
    return wrong


def is_instant(text: Any) -> bool:
    """ISO 8601 with its zone."""
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except (TypeError, ValueError):
        return False
