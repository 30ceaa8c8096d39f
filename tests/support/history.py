"""Histories of tours: what clients, ResMan's staff, operators and outages may do, and what must hold after each."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine

from kernel import clock
from local import demo
from resman import store
from resman.model import Tour, TourStatus
from tests.support import world as worlds
from tests.support.inside import mocked
from tests.support.sandboxes import QUICK
from tests.support.sink import Served, Sink
from tests.support.world import World, next_open_day

STARTS_ON = "2026-11-23T15:00:00Z"
ANSWERS = {200, 201, 202, 400, 404, 409, 422, 502}
"""502 is ResMan's refusal."""
FAULTS: dict[str, dict[str, Any]] = {
    "down": {"status": 503, "times": 1000},
    "post": {"path": "PostLeadManagement", "status": 503, "times": 1000},
    "lost": {"path": "PostLeadManagement", "afterEffect": True, "status": 503, "times": 4},
}


class History:
    """One history. Each operation is a method of its name."""

    def __init__(self, world: World, time: time_machine.Traveller) -> None:
        self.world, self.time = world, time
        self.moved_by_resman = False
        self.staff = {"cedar-row": demo.CEDAR_ROW, "maple-court": demo.MAPLE_COURT}

    def do(self, name: str, *arguments: Any) -> None:
        self.time.shift(timedelta(seconds=2))  # ResMan tells its times in whole seconds
        getattr(self, f"_{name}")(*arguments)
        self.check()

    def settle(self) -> None:
        """ResMan is well again, and everybody has had time."""
        self._mend()
        for minutes in (1, 16, 245):
            self.time.shift(timedelta(minutes=minutes))
            self.world.poll()
            self.world.sweep()
            self.world.run_workers()
            self.check()
        for tour in self.tours():
            assert not tour.awaits_sync, f"{tour.id} never reached ResMan"
            assert tour.status is not TourStatus.PENDING_SYNC
        self.check_resman()

    # What happens

    def _book(self, email: str, place: str, kind: str, at: str) -> None:
        self._answered(self.world.book(prospect_email=email, property_id=place, tour_type=kind, preferred_time=at))

    def _move(self, which: int, at: str) -> None:
        self._update(which, rescheduled_datetime=f"{next_open_day()}T{at}")

    def _become(self, which: int, status: str) -> None:
        self._update(which, status=status)

    def _note(self, which: int) -> None:
        self._update(which, staff_notes=f"Called at {clock.iso(clock.now())}")

    def _update(self, which: int, **changes: Any) -> None:
        if tour := self.pick(which):
            self._answered(self.world.update(tour.id, **changes))

    def _resman(self, which: int, status: str, at: str | None, webhook: bool) -> None:
        """ResMan's staff change an appointment, and tell at once or leave it to the poll."""
        tour = self.pick(which)
        if tour is None or tour.id not in self.events():
            return
        self.moved_by_resman |= bool(at)
        there = {"starts_at": f"{next_open_day()}T{at}:00-06:00"} if at else {}
        self.world.resman_staff("_change", appointment_id=tour.id, status=status, **there)
        if webhook:
            fields = {"rescheduled_datetime": there["starts_at"]} if at else {}
            self._answered(self.world.resman_tells(tour.id, status, at=clock.now(), **fields))

    def _by_hand(self, employee: str, at: str) -> None:
        place = "cedar-row" if employee == "noor" else "maple-court"
        starts_at = f"{next_open_day()}T{at}:00-06:00"
        self.world.resman_staff("_appointments", property_id=place, employee_id=employee, starts_at=starts_at)

    def _hire(self, renamed: bool) -> None:
        """An operator corrects a guide's e-mail address."""
        for place in self.staff.values():
            people = [{**one, "email": f"new-{one['email']}"} if renamed else one for one in place["staff"]]
            worlds.function("resman/operators/create_property")({**place, "staff": people}, worlds.Context())

    def _break(self, how: str) -> None:
        self.world.fault(**FAULTS[how])

    def _mend(self) -> None:
        self.world.mend()

    def _work(self) -> None:
        self.world.run_workers()

    def _poll(self) -> None:
        self.world.poll()

    def _wait(self, minutes: int) -> None:
        self.time.shift(timedelta(minutes=minutes))
        self.world.sweep()
        self.world.run_workers()

    def _answered(self, reply: worlds.Reply) -> None:
        assert reply.status in ANSWERS, f"{reply.status} {reply.body}"

    # What must hold

    def check(self) -> None:
        self.check_slots()
        self.check_diary()
        self.check_counters()
        self.check_callbacks()

    def check_slots(self) -> None:
        """Only ResMan's staff put two tours at one time."""
        upcoming = [tour for tour in self.tours() if tour.is_upcoming]
        for tour in upcoming:
            assert tour.holds_slot or self.moved_by_resman, f"{tour.id} holds no slot, though ResMan moved nothing"

    def check_diary(self) -> None:
        holding = [tour for tour in self.tours() if tour.is_upcoming and tour.holds_slot]
        expected = Counter((*store._lane(tour), name) for tour in holding for name in store._names(tour))
        assert all(count == 1 for count in expected.values()), "two tours hold the same time of one lane"
        taken = {
            (row["pk"], row["sk"], name): tour
            for row in self.world.rows()
            for name, tour in row.items()
            if name.startswith("at_")
        }
        assert taken == {(*store._lane(t), name): t.id for t in holding for name in store._names(t)}

    def check_counters(self) -> None:
        counted: Counter[str] = Counter()
        for place in ("cedar-row", "maple-court"):
            days = {"from": STARTS_ON[:10], "to": str(clock.now().date())}
            totals = self.world.call("resman/tours/metrics", query={"property_id": place, **days}).json["totals"]
            counted.update({name: value for name, value in totals.items() if isinstance(value, int)})
        counted.pop("refused", None)
        tours = self.tours()
        told = self.told()
        statuses = Counter(str(tour.status) for tour in tours)
        expected = {
            "booked": len(tours),
            "confirmed": sum(any(each["status"] == "confirmed" for each in told[t.id]) for t in tours),
            "rescheduled": sum(_moves(told[tour.id]) for tour in tours),
            **{name: statuses[name] for name in ("completed", "cancelled", "no_show", "failed")},
        }
        assert {name: counted[name] for name in expected} == expected

    def check_callbacks(self) -> None:
        for tour, contexts in self.told().items():
            sequences = [each["sequence"] for each in contexts]
            assert len(set(sequences)) == len(sequences), f"{tour}: a sequence was used twice"

    def check_resman(self) -> None:
        events: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for event in self.world.appointments():
            if event["tour_id"]:
                events[event["tour_id"]].append(event)
        for tour in self.tours():
            standing = [e for e in events[tour.id] if e["status"] in ("Scheduled", "Thinking")]
            if tour.status is TourStatus.CONFIRMED:
                assert [datetime.fromisoformat(e["starts_at"]) for e in standing] == [tour.starts_at]
            else:
                assert standing == [], f"{tour.status}, but ResMan has {standing}"

    # What is there

    def tours(self) -> list[Tour]:
        found = [Tour.model_validate(row) for row in self.world.rows() if row.get("entity") == "tour"]
        return sorted(found, key=lambda tour: tour.created_at)

    def pick(self, which: int) -> Tour | None:
        tours = self.tours()
        return tours[which % len(tours)] if tours else None

    def events(self) -> set[str]:
        return {event["tour_id"] for event in self.world.appointments() if event["tour_id"]}

    def told(self) -> dict[str, list[dict[str, Any]]]:
        """What the chatbot was told of each tour, in order."""
        told: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for message in self.world.messages("tour.updated"):
            context = message.payload["context"]
            told[context["appointment_id"]].append({**context, "sequence": message.sequence})
        for contexts in told.values():
            contexts.sort(key=lambda context: int(context["sequence"]))
        return told


def _moves(contexts: list[dict[str, Any]]) -> int:
    """How often a confirmed tour came to be confirmed for another time."""
    confirmed = [each["tour_datetime"] for each in contexts if each["status"] == "confirmed"]
    return sum(earlier != later for earlier, later in pairwise(confirmed))


@contextmanager
def a_new_world() -> Iterator[tuple[World, time_machine.Traveller]]:
    """As the `world` fixture makes it, once for each history, and with a ResMan client of little patience."""
    sink = Sink()
    resman, receiver = worlds.serve_resman(), Served(sink.application())
    patch = pytest.MonkeyPatch()
    try:
        with time_machine.travel(STARTS_ON, tick=True) as time, mocked():
            worlds.forget_clients()
            patch.setattr("resman.client.Patience", lambda: QUICK)  # real waits, only shorter
            for name, value in {**worlds.create_aws(), "RESMAN_BASE_URL": resman.url}.items():
                patch.setenv(name, value)
            world = World(resman=resman.url, sink=sink)
            worlds.settle(world, f"{receiver.url}/chatbot")
            yield world, time
    finally:
        patch.undo()
        resman.stop()
        receiver.stop()
        worlds.forget_clients()
