"""Whatever happens to an occurrence's row, the next night makes it say what its bookings say."""

from datetime import timedelta
from typing import Any

import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from immersio.reconciling import duties
from immersio.seat import store as seats
from kernel import clock, outbox, table
from tests.support.new_worlds import a_new_world
from tests.support.reconciling import damage, row, said, without_key, written
from tests.support.schools import Schools
from tests.support.students import booked, cancel, free_workshop, held, place

PEOPLE = [f"student{number}@example.com" for number in range(4)]
STAMP = "0a0a0a0a"
CLAIMS = [
    f"{claim} {STAMP}"
    for claim in (
        "sold -",
        "held 2026-12-01T07:00:00.000Z",
        "held 2027-01-01T00:00:00.000Z",
        "claimed 2026-12-01T07:00:00.000Z",
    )
]
whose, claim = st.integers(0, 3), st.sampled_from(CLAIMS)
damages = st.one_of(
    st.tuples(st.just("miscount"), st.sampled_from(["taken", "cancelled"]), st.integers(-3, 9)),
    st.tuples(st.just("turn"), whose, st.none() | claim),
    st.tuples(st.just("mark"), whose, st.none() | st.sampled_from(["somebody", "a ghost"])),
    st.tuples(st.just("haunt"), claim),
    st.tuples(st.just("lose")),
)


class Class:
    """Two seats that are sold, one that is held, and one that was given back."""

    def __init__(self, schools: Schools) -> None:
        self.schools, self.made = schools, free_workshop(schools, seats=4)
        sold = [booked(self.made, email) for email in (*PEOPLE[:2], PEOPLE[3])]
        self.uids = [uid for uid, _ in sold]
        self.uids.insert(2, held(schools, self.made, PEOPLE[2], minutes=24 * 60).uid)
        cancel(*sold[2])
        self.place, self.right = place(schools, self.made), row(schools, self.made)

    def restored(self) -> None:
        table.write(table.Put(item=self.right))

    def miscount(self, counter: str, value: int) -> None:
        damage(self.place, **{counter: value})

    def turn(self, who: int, claim: str | None) -> None:
        damage(self.place, **{seats.CLAIM + self.uids[who]: claim})

    def mark(self, who: int, whose: str | None) -> None:
        uid = self.uids[who - 1] if whose == "somebody" else whose
        damage(self.place, **{seats.EMAIL + seats.fingerprint(PEOPLE[who]): uid})

    def haunt(self, claim: str) -> None:
        damage(self.place, **{f"{seats.CLAIM}ghost": claim, f"{seats.EMAIL}ghost": "ghost"})

    def lose(self) -> None:
        known = ("pk", "sk", "entity", "tenant_id", "workshop_id", "starts_at")
        table.write(table.Put(item={name: self.right[name] for name in known}))

    def reconciled(self, time: time_machine.Traveller) -> None:
        """What a night does to this one workshop."""
        mine = duties.of_seats(self.place.tenant_id, [self.made["id"]], clock.now())
        table.write(outbox.put(mine))
        self.schools.run_workers(duties.QUEUE)
        time.shift(timedelta(minutes=3))
        self.schools.run_workers(duties.QUEUE)


def test_after_any_damage_the_row_says_what_its_bookings_say() -> None:
    """INV-04: and then there is nothing left to do."""
    with time_machine.travel("2026-12-01T08:00:00Z", tick=True) as time, a_new_world() as schools:
        of = Class(schools)
        time.shift(timedelta(minutes=90))

        @given(harm=st.lists(damages, min_size=1, max_size=4))
        @settings(max_examples=12, deadline=None, derandomize=True, database=None)
        def any_damage(harm: list[tuple[Any, ...]]) -> None:
            of.restored()
            for name, *how in harm:
                getattr(of, name)(*how)
            of.reconciled(time)
            assert said(without_key({**row(schools, of.made), "repairs": 0})) == said(
                without_key({**of.right, "repairs": 0})
            )

        any_damage()
        with written() as rows:
            of.reconciled(time)
        assert rows == []
