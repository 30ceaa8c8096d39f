"""The tours that calls name, each at a time that nobody has."""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import requests

from tests.conformance.cast import Cast
from tests.support.local_stack import LocalStack


@dataclass(frozen=True)
class Slot:
    date: str
    time: str

    @property
    def at(self) -> str:
        return f"{self.date}T{self.time}"


class TourCast(Cast):
    def __init__(self, stack: LocalStack) -> None:
        super().__init__(stack)
        self._slots: list[Slot] = []
        self._days = itertools.count(2)
        self._far_days = itertools.cycle(range(5))

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
        """A working day that nothing else asks about, another one each time."""
        return self._day_of(next(self._far_days), 45)

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
