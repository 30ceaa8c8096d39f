"""The leasing chatbot as a client of the running stack, and what others saw of its tours."""

import itertools
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import requests

from tests.support.local_stack import LocalStack
from tests.support.sandboxes import ResmanSandbox

TOURS = "/api/resman/tours"

_days_ahead = itertools.count(10)


def an_own_day() -> date:
    """A working day, well ahead, that no other test of this session has taken."""
    day = datetime.now(UTC).date() + timedelta(days=next(_days_ahead))
    return day if day.weekday() < 5 else an_own_day()


class Chatbot:
    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self.resman = ResmanSandbox(stack.description["sandboxes"]["resman"])

    def availability(self, day: date, **query: str) -> Any:
        asked = {"property_id": self.stack.description["propertyId"], "date": str(day), **query}
        answer = self.stack.request("GET", f"{TOURS}/availability", params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def free_times(self, day: date, **query: str) -> list[str]:
        return [slot["time"] for slot in self.availability(day, **query)["available_slots"]]

    def wish(self, day: date, time: str, email: str, **changes: Any) -> dict[str, Any]:
        return {
            "prospect_name": email.partition("@")[0].title(),
            "prospect_email": email,
            "prospect_phone": "+1 512 555 0142",
            "tour_type": "in_person",
            "preferred_date": str(day),
            "preferred_time": time,
            "property_id": self.stack.description["propertyId"],
            **changes,
        }

    def book(self, day: date, time: str, email: str, **changes: Any) -> requests.Response:
        booking = {"conversation_id": email, "tour_data": self.wish(day, time, email, **changes)}
        return self.stack.request("POST", f"{TOURS}/book", json=booking)

    def metrics(self, **query: str) -> Any:
        today = datetime.now(UTC).date()
        days = {"from": str(today - timedelta(days=1)), "to": str(today + timedelta(days=1))}
        answer = self.stack.request(
            "GET", f"{TOURS}/metrics", params={**days, "property_id": self.stack.description["propertyId"], **query}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def tour(self, appointment_id: str) -> Any:
        answer = self.stack.request("GET", f"{TOURS}/{appointment_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def update(self, appointment_id: str, **changes: Any) -> requests.Response:
        return self.stack.request("PUT", f"{TOURS}/{appointment_id}", json=changes)

    def told(self, appointment_id: str) -> list[dict[str, Any]]:
        """What the callback was sent about a tour, by rising sequence; a repeated delivery counts once."""
        sent = self.stack.request("GET", "/_local/webhooks").json()
        tours = [each for each in sent if each["json"]["event"] == "tour.updated"]
        about = [each for each in tours if each["json"]["data"]["context"]["appointment_id"] == appointment_id]
        once = {each["headers"]["webhook-id"]: each for each in about}
        return sorted(once.values(), key=lambda each: int(each["headers"]["x-webhook-sequence"]))

    def told_states(self, appointment_id: str) -> list[str]:
        return [each["json"]["data"]["context"]["status"] for each in self.told(appointment_id)]

    def mail_to(self, address: str, about: str = "") -> list[dict[str, Any]]:
        """What somebody got, oldest first; `about` is a word of it, such as a name."""
        mails = self.stack.request("GET", "/_local/mail").json()
        return [mail for mail in mails if mail["to"] == address and about in json.dumps(mail)]

    def appointments(self, email: str) -> list[dict[str, Any]]:
        """What ResMan holds for a prospect."""
        ids = [card["prospect_id"] for card in self.resman.prospects if card["email"].lower() == email.lower()]
        return [held for held in self.resman.appointments if held["prospect_id"] in ids]


def all_at_once(number: int, act: Any) -> list[Any]:
    """What `number` threads got that began `act(0)`, `act(1)`, … in the same moment."""
    together = threading.Barrier(number)

    def one(position: int) -> Any:
        together.wait()
        return act(position)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))
