"""Who and what the calls of calls.yaml name. What is called `new_…` is made for each call, the rest once."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import requests

from kernel import clock, ids
from tests.conformance import founding
from tests.conformance.documents import operation
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


@dataclass(frozen=True)
class Slot:
    date: str
    time: str

    @property
    def at(self) -> str:
        return f"{self.date}T{self.time}"


class Cast:
    def __init__(self, stack: LocalStack) -> None:
        self.stack, self.told = stack, stack.description
        self.wire = Wire(stack.url)
        self._slots: list[Slot] = []
        self._days = itertools.count(2)

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

    def is_syncing(self) -> bool:
        """The demo's school, by its history."""
        logs = self.ask("immersio.integration.getSyncHistory", {}, self.owner, "query")["logs"]
        return any(log["status"] == "started" for log in logs)

    # time

    @staticmethod
    def in_days(days: int) -> datetime:
        """On the hour."""
        return clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=days, hours=1)

    @staticmethod
    def in_hours(hours: int) -> datetime:
        return clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=hours)

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

    # the demo's schools, and others

    @property
    def owner(self) -> str:
        return str(self.told["cookies"]["owner"])

    @property
    def other_owner(self) -> str:
        return str(self.told["cookies"]["otherOwner"])

    @property
    def new_owner(self) -> str:
        return self.founded().owner

    @cached_property
    def annex(self) -> School:
        """Where most is tried: nobody is told of what happens there."""
        school = self.founded(has_team=True)
        founding.with_portrait(self.told, school.teacher_id)
        return school

    @property
    def principal(self) -> str:
        return self.annex.owner

    @property
    def teacher(self) -> int:
        return self.annex.teacher_id

    @cached_property
    def open_workshop(self) -> int:
        return int(self.workshop(self.annex)["id"])

    @cached_property
    def followed_course(self) -> str:
        """One that a workshop of the annex follows."""
        course = self.new_id
        self.workshop(self.annex, immersioCourseId=course)
        return course

    @cached_property
    def historian(self) -> str:
        return founding.with_history(self.told, self.founded(), 21).owner

    @cached_property
    def design(self) -> School:
        """A school of one teacher whose page has everything a page can have."""
        school = self.founded(logo_url="https://cdn.example.com/annex.png")
        founding.with_portrait(self.told, school.owner_id)
        self.ask("immersio.landing.updateSettings", operation("immersio.landing.updateSettings").sends, school.owner)
        self.ask("immersio.landing.publish", {}, school.owner)
        return school

    @property
    def designer(self) -> str:
        return self.design.owner

    @property
    def designed_school(self) -> str:
        _ = self.designed_workshop
        return self.design.slug

    @cached_property
    def designed_workshop(self) -> str:
        return str(self.workshop(self.design, title=f"Conversation {self.new_id}")["slug"])

    @property
    def course_workshop(self) -> int:
        return int(self.told["workshopIds"]["whitelisted"])

    # partners

    @property
    def other_stripe_account(self) -> str:
        return str(self.told["stripeAccounts"]["otherTenant"])

    @property
    def org(self) -> str:
        return str(self.told["tenant"]["immersioOrgId"])

    @property
    def other_org(self) -> str:
        return str(self.told["otherTenant"]["immersioOrgId"])

    @property
    def other_immersio_key(self) -> str:
        return str(self.told["immersioApiKeys"]["otherTenant"])

    @property
    def receiver(self) -> str:
        return f"{self.stack.url}/_local/webhooks"

    @property
    def new_course(self) -> str:
        course = self.new_id
        self.sandbox("immersio", "/_course", courseId=course, orgId=self.org, name="A course", silent=True)
        return course

    @property
    def new_token(self) -> str:
        """Of a student of the academy, to sign in with."""
        return str(self.sandbox("immersio", "/_token", orgId=self.org, email=self.new_email, name="Ada")["token"])

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

    # tours

    @property
    def place(self) -> str:
        return str(self.told["propertyId"])

    @property
    def weekday(self) -> str:
        return self._day_of(4, 14)

    @property
    def sunday(self) -> str:
        return self._day_of(6, 14)

    @property
    def far_day(self) -> str:
        """A working day that nothing else asks about."""
        return self._day_of(2, 45)

    @property
    def new_slot(self) -> Slot:
        """A time that nobody has, for a tour of any type."""
        while not self._slots:
            self._slots = self._free(self._austin() + timedelta(days=next(self._days)))
        return self._slots.pop()

    @cached_property
    def spare_slot(self) -> Slot:
        return self.new_slot

    @cached_property
    def spare_tour(self) -> str:
        return self.new_tour

    @property
    def new_tour(self) -> str:
        return str(self.booked()["appointment_id"])

    def booked(self, **changes: Any) -> dict[str, Any]:
        slot = self.new_slot
        wish = {
            "prospect_name": "Ada Lovelace",
            "prospect_email": self.new_email,
            "prospect_phone": "+1 512 555 0199",
            "tour_type": "in_person",
            "preferred_date": slot.date,
            "preferred_time": slot.time,
            "property_id": self.place,
            **changes,
        }
        answer = self.tours("POST", "/book", json={"conversation_id": "conv-1", "tour_data": wish})
        assert answer.status_code in {201, 202}, answer.text
        return dict(answer.json())

    def tours(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.stack.request(method, f"/api/resman/tours{path}", **options)

    def _free(self, day: datetime) -> list[Slot]:
        """Times that are far enough apart for each to be taken without the others."""
        times = [self._times(day, kind) for kind in ("in_person", "virtual", "self_guided")]
        every = sorted(set.intersection(*times))
        return [Slot(f"{day:%Y-%m-%d}", time) for time in every[::3]]

    def _times(self, day: datetime, tour_type: str) -> set[str]:
        asked = {"property_id": self.place, "date": f"{day:%Y-%m-%d}", "tour_type": tour_type}
        answer = self.tours("GET", "/availability", params=asked)
        assert answer.status_code == 200, answer.text
        return {slot["time"] for slot in answer.json()["available_slots"]}

    def _day_of(self, weekday: int, after: int) -> str:
        """The first such day so many days from now."""
        day = self._austin() + timedelta(days=after)
        return f"{day + timedelta(days=(weekday - day.weekday()) % 7):%Y-%m-%d}"

    @staticmethod
    def _austin() -> datetime:
        return datetime.now(UTC).astimezone(ZoneInfo("America/Chicago"))
