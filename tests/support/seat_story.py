"""Stories of seats and money from their beginning to their end, when all must agree."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
import time_machine

from kernel import clock
from kernel.outbox import Message
from local.sandboxes.stripe_post import SUBSCRIBED
from tests.support.ledger import Ledger
from tests.support.mortal import Life
from tests.support.seat_acts import CLASSES, SEATS, Acts, is_processing
from tests.support.seat_world import STARTS_ON, QuicklyRead, a_seat_world
from tests.support.stats import stats
from tests.support.stripe import SignedEvent
from tests.support.students import WEEK

NEWS = {"S": "outbox"}


class Story(Acts):
    def __init__(self, schools: QuicklyRead, time: time_machine.Traveller) -> None:
        super().__init__(schools, time)
        self.begun = [row for row in schools.remembered() if row.get("entity", NEWS) != NEWS]

    def begin_again(self) -> None:
        """Nothing has happened yet, but at Stripe, where nobody forgets; a new world would take longer."""
        self.schools.forget_all_but(self.begun)
        self.schools.empty_queues()
        self.time.move_to(STARTS_ON)
        self.given_back.clear()
        self.ledger = Ledger.read(self.money)

    def finish(self) -> None:
        """Everybody has had time, and nothing breaks any more."""
        self.life = Life()
        self.money.stripe.mend()
        self.let_refunds_be("succeeded")
        self.wait(3)
        self.calm_down()
        self._fill_what_is_stale()
        self.ledger.check_claims()
        self._let_all_end()
        self.ledger.check_end()
        told = stats(self.schools, startDate=datetime.fromisoformat(clock.iso(self.first - WEEK)))
        expected = self.ledger.statistics()
        assert {name: told[name] for name in expected} == expected, f"told {told}, there is {expected}"
        counts, should = self.ledger.usage.total(), self.ledger.counted()
        assert counts >= should, "the plan allows more than it says"
        assert self.has_crashed or counts == should, f"{counts} count against the plan, and {should} are there"

    def _fill_what_is_stale(self) -> None:
        """A claim whose process ended is found by whoever needs the seat."""
        kinds = {made["id"]: kind for kind, made in self.made.items()}
        for there in list(self.ledger.places):
            here = {booking.uid for booking in self.ledger.alive if booking.place == there}
            if there.starts_at > self.ledger.now and self.ledger.places[there].claims.keys() != here:
                which = round((there.starts_at - self.first) / WEEK)
                for number in range(SEATS - len(here)):
                    assert self.book(f"late{number}", kinds[there.workshop_id], which), "a seat is kept for nobody"
        self.check()

    def _let_all_end(self) -> None:
        for each in self.money.sessions():
            if is_processing(each):
                self._pay(each["id"], "paid")
        for _ in range(CLASSES + 1):
            for refund in self.money.refunds():
                if refund["status"] == "pending":
                    self.money.stripe.settle_refund(refund["id"], "succeeded")
            self.calm_down()
            self.wait(8 * 24 * 60)
        self.calm_down()

    def calm_down(self) -> None:
        """Stripe tells all, and our workers do all that is due, until there is nothing left."""
        due, untold = list[Message](), list[SignedEvent]()
        for minutes in (0, 3, *[16] * 12):
            self.wait(minutes)
            self.tell()
            self.sweep()
            self.work()
            self.check()
            due = [message for message in self.ledger.unheard if message.due_at <= self.ledger.now]
            untold = self.money.untold(*SUBSCRIBED)
            if not due and not untold:
                return
            later = [message.next_attempt_at - clock.now() for message in due]
            self.time.shift(max([*later, timedelta()]))
        pytest.fail(f"never done with {[each.type for each in untold]} and {[each.kind for each in due]}")


@contextmanager
def a_new_story() -> Iterator[Story]:
    """In a world of its own, as what is left over of others would be worked on again and again."""
    with a_seat_world() as (schools, time):
        yield Story(schools, time)
