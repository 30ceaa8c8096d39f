"""The demo's school as its people meet it on the running stack, with Stripe at the other end."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import requests

from kernel import superjson
from tests.support.local_stack import LocalStack, eventually
from tests.support.stripe import StripeSandbox

SCHOOL = {"tenantSlug": "language-academy"}
TODAY = datetime.now(ZoneInfo("Europe/Berlin"))


class Campus:
    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self.stripe = StripeSandbox(stack.description["sandboxes"]["stripe"])

    def call(self, procedure: str, sent: dict[str, Any], by: str = "owner", kind: str = "mutation") -> Any:
        """The result of a procedure that must succeed."""
        answer = self.ask(procedure, sent, by, kind)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]["data"]["json"]

    def ask(self, procedure: str, sent: dict[str, Any], by: str = "owner", kind: str = "mutation") -> requests.Response:
        """`by` is one of the demo's people, or a cookie."""
        cookie = self.stack.description["cookies"].get(by, by)
        url, headers = f"{self.stack.url}/api/trpc/{procedure}", {"cookie": cookie}
        if kind == "query":
            return requests.get(url, params={"input": json.dumps(superjson.encode(sent))}, headers=headers, timeout=60)
        return requests.post(url, json=superjson.encode(sent), headers=headers, timeout=60)

    def workshop(self, title: str, *, starts_at: datetime | None = None, **changes: Any) -> dict[str, Any]:
        """A weekly class of 15 euros for two, from in three days on."""
        usual = {
            "title": title,
            "duration": 60,
            "price": 1500,
            "currency": "EUR",
            "seats": 2,
            "locations": [{"type": "zoom", "link": "https://zoom.us/j/123456"}],
            "teacherId": self.stack.description["teacherId"],
            "recurrence": {"frequency": "weekly", "count": 8},
            "startsAt": starts_at or in_days(3),
        }
        return dict(self.call("immersio.workshop.create", {**usual, **changes}))

    def book(self, slug: str, email: str, at: datetime, **sent: Any) -> requests.Response:
        attendee = {"email": email, "name": email.partition("@")[0].title(), "timeZone": "Europe/Rome"}
        return self._post(f"workshops/{slug}/bookings", {"startTime": iso(at), "attendee": attendee, **sent}, SCHOOL)

    def wait(self, slug: str, email: str, at: datetime) -> requests.Response:
        attendee = {"email": email, "name": email.partition("@")[0].title(), "timeZone": "Europe/Rome"}
        return self._post(f"workshops/{slug}/waitlist", {"startTime": iso(at), "attendee": attendee}, SCHOOL)

    def booked(self, slug: str, email: str, at: datetime) -> "Seat":
        answer = self.book(slug, email, at)
        assert answer.status_code == 201, answer.text
        return Seat(self, answer.json())

    def mails(self, to: str, words: str = "") -> list[dict[str, Any]]:
        """What came into somebody's mailbox with these words in its subject."""
        sent = requests.get(f"{self.stack.url}/_local/mail", timeout=60).json()
        return [one for one in sent if to in one["to"] and words.lower() in one["subject"].lower()]

    def mail(self, to: str, words: str) -> dict[str, Any]:
        found = eventually(lambda: self.mails(to, words))
        assert found, f"no mail to {to} about {words}: {[one['subject'] for one in self.mails(to)]}"
        return found[-1]

    def told(self, uid: str) -> list[dict[str, Any]]:
        """The events of a booking, as Immersio received them, in the order of their sequence."""
        mine = sorted(self.received(uid), key=lambda one: int(one["headers"]["x-webhook-sequence"]))
        return [json.loads(one["body"]) for one in mine]

    def received(self, uid: str) -> list[dict[str, Any]]:
        """The same as they arrived, headers and all."""
        sent = requests.get(f"{self.stack.url}/_local/webhooks", timeout=60).json()
        return [one for one in sent if uid in one["body"]]

    def told_kinds(self, uid: str) -> list[str]:
        return [one["event"] for one in self.told(uid)]

    def _post(self, path: str, sent: dict[str, Any], query: dict[str, str] | None = None) -> requests.Response:
        return requests.post(f"{self.stack.url}/api/v1/public/{path}", json=sent, params=query, timeout=60)


class Seat:
    """A booking, in the hands of who made it."""

    def __init__(self, campus: Campus, told: dict[str, Any]) -> None:
        self.campus, self.told = campus, told
        self.uid, self.token = told["booking"]["uid"], told["manageToken"]

    @property
    def session_id(self) -> str:
        """Stripe's page, which its address names."""
        (session,) = [one for one in self.campus.stripe.state["sessions"] if one["client_reference_id"] == self.uid]
        return str(session["id"])

    def pay(self, outcome: str = "paid") -> None:
        self.campus.stripe.pay(self.session_id, outcome)

    def read(self) -> dict[str, Any]:
        url = f"{self.campus.stack.url}/api/v1/public/bookings/{self.uid}"
        answer = requests.get(url, params={"token": self.token}, timeout=60)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def status(self) -> str:
        return str(self.read()["booking"]["status"])

    def becomes(self, status: str) -> bool:
        return bool(eventually(lambda: self.status() == status))

    def cancel(self, **sent: Any) -> requests.Response:
        return self.campus._post(f"bookings/{self.uid}/cancel", {"token": self.token, **sent})

    def move(self, at: datetime) -> requests.Response:
        return self.campus._post(f"bookings/{self.uid}/reschedule", {"token": self.token, "startTime": iso(at)})

    def is_paid_back(self) -> bool:
        """In full, once, and Immersio has been told."""
        amounts = eventually(lambda: [one["amount"] for one in self.refunds()])
        told = eventually(lambda: self.campus.told_kinds(self.uid)[-1:] == ["BOOKING_CANCELLED"])
        return amounts == [1500] and told

    def refunds(self) -> list[dict[str, Any]]:
        """At Stripe."""
        return [one for one in self.campus.stripe.state["refunds"] if one["metadata"].get("booking_uid") == self.uid]


def in_days(days: int) -> datetime:
    """At five in the afternoon in the school's zone; counted from the day on which the tests began."""
    return TODAY.replace(hour=17, minute=0, second=0, microsecond=0) + timedelta(days=days)


def in_hours(hours: int) -> datetime:
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=hours)


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def own(name: str) -> str:
    """An address, or a title, of this test alone."""
    return f"{name}{time.monotonic_ns()}"
