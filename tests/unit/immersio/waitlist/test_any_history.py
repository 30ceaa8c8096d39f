"""Whatever those who wait do, and however time goes by: seats are offered in turn, and the claims are the bookings."""

from datetime import timedelta
from itertools import count, pairwise
from typing import Any

import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from immersio.booking.links import manage_token
from immersio.booking.model import Booking
from kernel import clock
from tests.support.new_worlds import a_new_world
from tests.support.schools import Schools
from tests.support.staff import call_off
from tests.support.students import COMMIT, Died, accept, book, cancel, dying, free_workshop, join, occupancy
from tests.support.workshops import tomorrow

SEATS = 2
PEOPLE = [f"student{number}@example.com" for number in range(5)]
ADDRESSES = count()
"""Each request comes from another, so that nobody is told to wait."""

a_person = st.sampled_from(PEOPLE)
acts = st.one_of(
    st.tuples(st.just("join"), a_person),
    st.tuples(st.just("join"), a_person),
    st.tuples(st.just("book"), a_person),
    st.tuples(st.just("cancel"), st.integers(0, 5)),
    st.tuples(st.just("accept"), st.integers(0, 5)),
    st.tuples(
        st.just("die"), a_person, st.sampled_from([f"{when}-call.dynamodb.{COMMIT}" for when in ("before", "after")])
    ),
    st.tuples(st.just("wait"), st.sampled_from([3, 250])),
    st.tuples(st.just("work")),
)


class History:
    def __init__(self, schools: Schools, time: time_machine.Traveller) -> None:
        self.schools, self.time = schools, time
        self.made, self.at = free_workshop(schools, seats=SEATS), tomorrow() + timedelta(days=7)
        self.turns: dict[str, int] = {}
        """The number of everybody who ever waited, by the uid of their booking."""
        for number in range(SEATS):
            assert book(self.made, f"first{number}@example.com", at=self.at, ip=self.ip).status == 201

    @property
    def ip(self) -> str:
        return f"10.0.0.{next(ADDRESSES) % 250}"

    def join(self, email: str) -> None:
        reply = join(self.made, email, at=self.at, ip=self.ip)
        assert reply.status in {201, 409}, reply.body
        if reply.status == 201:
            assert reply.json["waitlist"]["position"] == 1 + self.waiting().index(email)

    def book(self, email: str) -> None:
        marked = self.occupancy().waiting
        reply = book(self.made, email, at=self.at, ip=self.ip)
        assert reply.status == 409 or (reply.status == 201 and not marked), "past those who wait"

    def cancel(self, which: int) -> None:
        if found := self.alive():
            uid = found[which % len(found)].uid
            assert cancel(uid, manage_token(uid), ip=self.ip).status == 200

    def accept(self, which: int) -> None:
        if found := [one for one in self.bookings() if one.is_offer]:
            offer = found[which % len(found)]
            reply = accept(offer.uid, manage_token(offer.uid), ip=self.ip)
            assert reply.status == (200 if offer.is_alive(clock.now()) else 409)

    def die(self, email: str, moment: str) -> None:
        try:
            with dying(moment):
                self.join(email)
        except Died:
            pass

    def wait(self, minutes: int) -> None:
        self.time.shift(timedelta(minutes=minutes))

    def work(self) -> None:
        self.schools.sweep()
        self.schools.run_workers("immersio-seats")

    def check(self) -> None:
        self.turns |= {row["uid"]: int(row["id"]) for row in self.rows("waiting")}
        found = self.occupancy()
        alive = {one.uid for one in self.alive()}
        assert 0 <= found.taken == len(found.claims) == len(found.emails) <= SEATS
        assert alive <= found.claims.keys(), "a booking that is alive has lost its seat"
        made = [one for one in self.bookings() if one.registration_source == "waitlist"]
        turns = [self.turns[one.uid] for one in sorted(made, key=lambda one: one.id)]
        assert all(one < other for one, other in pairwise(turns)), "somebody was offered a seat before their turn"

    def settled(self) -> None:
        """Everybody has had time: no seat is free while somebody waits, and the mark says whether anybody does."""
        for _ in range(2):
            self.wait(5)
            self.work()
        found, waiting = self.occupancy(), self.waiting()
        assert {one.uid for one in self.alive()} == found.claims.keys()
        assert found.taken == SEATS or not waiting
        assert bool(found.waiting) == bool(waiting)
        assert found.cancelled == len(self.bookings()) - found.taken, "a seat was freed twice, or never"

    def called_off(self) -> None:
        """Everybody who waits is told of it, once; and nobody waits or has a seat any more."""
        waiting = self.waiting()
        assert call_off(self.schools, self.made["id"], at=self.at).status == 200
        for _ in range(2):
            self.work()
            self.wait(5)
        told = [message.payload["attendee"]["email"] for message in self.schools.messages("student.called_off")]
        assert sorted(told) == sorted(waiting)
        assert (self.occupancy().taken, self.occupancy().waiting, self.waiting(), self.alive()) == (0, None, [], [])

    def waiting(self) -> list[str]:
        rows = sorted(self.rows("waiting"), key=lambda row: int(row["id"]))
        return [row["attendee"]["email"] for row in rows]

    def alive(self) -> list[Booking]:
        return [one for one in self.bookings() if one.is_alive(clock.now())]

    def bookings(self) -> list[Booking]:
        return sorted(map(Booking.model_validate, self.rows("booking")), key=lambda one: one.id)

    def rows(self, entity: str) -> list[dict[str, Any]]:
        return [row for row in self.schools.rows() if row["entity"] == entity]

    def occupancy(self) -> Any:
        return occupancy(self.schools, self.made, self.at)


@given(history=st.lists(acts, min_size=4, max_size=11))
@settings(max_examples=6, deadline=None, derandomize=True, database=None)
def test_after_any_history_seats_were_offered_in_turn(history: list[tuple[Any, ...]]) -> None:
    """INV-04, INV-01: and none past those who wait; of offers that end, and of processes that die, too (INV-12).

    In the end the class is called off.
    """
    with time_machine.travel("2026-12-01T08:00:00Z", tick=True) as time, a_new_world() as schools:
        story = History(schools, time)
        for name, *arguments in history:
            getattr(story, name)(*arguments)
            story.check()
        story.settled()
        story.called_off()
