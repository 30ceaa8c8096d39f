"""Who and what the calls of calls.yaml name. What is called `new_…` is made for each call, the rest once."""

from datetime import datetime, timedelta
from typing import Any

import requests

from kernel import clock, ids
from tests.conformance import founding
from tests.conformance.founding import School
from tests.conformance.wire import Wire
from tests.support.local_stack import LocalStack

PHOTO = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6"
    "kgAAAABJRU5ErkJggg=="
)
A_CLASS = {
    "title": "Conversation",
    "description": "Come and talk.",
    "duration": 60,
    "price": 0,
    "seats": 100,
    "locations": [{"type": "zoom", "link": "https://zoom.us/j/123456"}],
    "recurrence": {"frequency": "weekly", "count": 8},
}


class Cast:
    def __init__(self, stack: LocalStack) -> None:
        self.stack, self.told = stack, stack.description
        self.wire = Wire(stack.url)
        self._hour = clock.now().replace(minute=0, second=0, microsecond=0)
        """In which these tests began: a class that was made before the hour is booked after it too."""

    def ask(self, procedure: str, sent: dict[str, Any], by: str, kind: str = "mutation") -> Any:
        """What a procedure answers that must succeed; `by` is a cookie."""
        return self.wire.procedure(procedure, sent, by, kind).value

    def founded(self, **changes: Any) -> School:
        return founding.founded(self.told, **changes)

    def workshop(self, school: School, **changes: Any) -> dict[str, Any]:
        """A class, from tomorrow on every week at this hour; free unless it is told otherwise."""
        usual = {**A_CLASS, "teacherId": school.teacher_id, "startsAt": self.in_days(1)}
        return dict(self.ask("immersio.workshop.create", {**usual, **changes}, school.owner))

    def sandbox(self, partner: str, path: str, /, **body: Any) -> Any:
        answer = requests.post(f"{self.told['sandboxes'][partner]}{path}", json=body, timeout=60)
        assert answer.ok, answer.text
        return answer.json()

    # time

    def in_days(self, days: int) -> datetime:
        """On the hour."""
        return self._hour + timedelta(days=days, hours=1)

    def in_hours(self, hours: int) -> datetime:
        return self._hour + timedelta(hours=hours)

    @property
    def now(self) -> datetime:
        return clock.now()

    @property
    def now_text(self) -> str:
        return clock.now().isoformat().replace("+00:00", "Z")

    @property
    def in_a_month(self) -> datetime:
        return clock.now() + timedelta(days=30)

    @property
    def in_a_year(self) -> datetime:
        return clock.now() + timedelta(days=365)

    @property
    def a_week_ago(self) -> datetime:
        return clock.now() - timedelta(days=7)

    # names

    @property
    def new_id(self) -> str:
        return ids.new("id")

    @property
    def new_email(self) -> str:
        return f"{ids.new('ada')}@example.com"

    @property
    def photo(self) -> str:
        return PHOTO
