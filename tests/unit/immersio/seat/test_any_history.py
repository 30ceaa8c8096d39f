"""Whatever a few people do with two seats, and however time goes by: the claims are the bookings that are alive."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from immersio.booking.model import Booking
from kernel import clock
from kernel.errors import AppError
from tests.support import schools as school_worlds
from tests.support import world as worlds
from tests.support.inside import mocked
from tests.support.notices import set_plan
from tests.support.schools import Schools
from tests.support.students import COMMIT, Died, book, cancel, dying, free_workshop, held, occupancy
from tests.support.workshops import tomorrow

SEATS = 2
PEOPLE = [f"student{number}@example.com" for number in range(4)]
ADDRESSES = count()
"""Each request comes from another, so that nobody is told to wait."""

a_person = st.sampled_from(PEOPLE)
acts = st.one_of(
    st.tuples(st.just("book"), a_person),
    st.tuples(st.just("hold"), a_person),
    st.tuples(st.just("cancel"), st.integers(0, 5)),
    st.tuples(
        st.just("die"), a_person, st.sampled_from([f"{when}-call.dynamodb.{COMMIT}" for when in ("before", "after")])
    ),
    st.tuples(st.just("wait"), st.sampled_from([1, 3, 16])),
    st.tuples(st.just("work")),
)


@contextmanager
def a_new_world() -> Iterator[Schools]:
    """For each history one of its own, as what is left over of others would be worked on again and again."""
    with mocked(), pytest.MonkeyPatch.context() as patch:
        worlds.forget_clients()
        for name, value in worlds.create_aws().items():
            patch.setenv(name, value)
        founded = school_worlds.founded()
        set_plan(founded.academy.tenant_id, "enterprise")
        yield founded
    worlds.forget_clients()


class History:
    def __init__(self, schools: Schools, time: time_machine.Traveller) -> None:
        self.schools, self.time = schools, time
        self.made, self.at = free_workshop(schools, seats=SEATS), tomorrow()
        self.tokens: list[tuple[str, str]] = []

    def book(self, email: str) -> None:
        reply = book(self.made, email, at=self.at, ip=f"10.0.0.{next(ADDRESSES)}")
        assert reply.status in {201, 409}, reply.body
        if reply.status == 201:
            self.tokens.append((reply.json["booking"]["uid"], reply.json["manageToken"]))
        else:
            alive = [one.attendee.email for one in self.alive()]
            claims = self.occupancy().seated(clock.now())
            assert email in alive or claims == SEATS or self.is_claimed(), "refused though there was room"

    def hold(self, email: str) -> None:
        try:
            held(self.schools, self.made, email, self.at)
        except AppError as refused:
            assert refused.status == 409  # noqa: PT017

    def cancel(self, which: int) -> None:
        if self.tokens:
            reply = cancel(*self.tokens[which % len(self.tokens)], ip=f"10.0.0.{next(ADDRESSES)}")
            assert reply.status == 200, reply.body

    def die(self, email: str, moment: str) -> None:
        try:
            with dying(moment):
                self.book(email)
        except Died:
            pass

    def wait(self, minutes: int) -> None:
        self.time.shift(timedelta(minutes=minutes))

    def work(self) -> None:
        self.schools.sweep()
        self.schools.run_workers("immersio-seats")

    def check(self) -> None:
        now, found = clock.now(), self.occupancy()
        live = {uid for uid, claim in found.claims.items() if not claim.is_over(now)}
        alive = {one.uid for one in self.alive()}
        assert 0 <= found.taken == len(found.claims) == len(found.emails) <= SEATS
        assert alive <= found.claims.keys(), "a booking that is alive has lost its seat"
        assert all(found.claims[uid].hold == "claimed" for uid in live - alive), "a seat is kept for nobody"

    def settled(self) -> None:
        """Everybody has had time: claims and bookings are the same."""
        self.wait(20)
        self.work()
        for email in ("late1@example.com", "late2@example.com"):
            self.book(email)
        found = self.occupancy()
        assert found.taken == SEATS == len(self.alive())
        assert {one.uid for one in self.alive()} == found.claims.keys()
        assert found.cancelled == len(self.bookings()) - SEATS, "a seat was freed twice, or never"

    def is_claimed(self) -> bool:
        return any(claim.hold == "claimed" for claim in self.occupancy().claims.values())

    def occupancy(self) -> Any:
        return occupancy(self.schools, self.made, self.at)

    def alive(self) -> list[Booking]:
        return [one for one in self.bookings() if one.is_alive(clock.now())]

    def bookings(self) -> list[Booking]:
        rows = (row for row in self.schools.rows() if row["entity"] == "booking")
        return [Booking.model_validate(row) for row in rows if row["workshop_id"] == self.made["id"]]


@given(history=st.lists(acts, min_size=3, max_size=14))
@settings(max_examples=6, deadline=None, derandomize=True, database=None)
def test_after_any_history_the_claims_are_the_bookings_that_are_alive(history: list[tuple[Any, ...]]) -> None:
    """INV-04: and there are never more than seats; of holds that end, and of processes that die, too (INV-12)."""
    with time_machine.travel("2026-12-01T08:00:00Z", tick=True) as time, a_new_world() as schools:
        story = History(schools, time)
        for name, *arguments in history:
            getattr(story, name)(*arguments)
            story.check()
        story.settled()
