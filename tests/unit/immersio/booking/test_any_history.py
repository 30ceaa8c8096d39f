"""Whatever students, Stripe, time and crashes do, in any order: rows, counters, Stripe's books and what is told agree.

After each step nothing is wrong, even if somebody ended in the middle of it; in the end all is done, and done once.
"""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.support.seat_acts import CLASSES, FREE, PAID
from tests.support.seat_story import Story, a_new_story

people = st.sampled_from(["ada", "bo", "cy"])
kinds = st.sampled_from([FREE, PAID])
keys = st.sampled_from([None, "k"])
which = st.integers(0, 5)
classes = st.integers(0, CLASSES - 1)
calls = st.integers(0, 24)
meanwhile = st.one_of(
    st.tuples(st.just("tell")),
    st.tuples(st.just("work")),
    st.tuples(st.just("cancel"), which),
    st.tuples(st.just("reschedule"), which, classes),
    st.tuples(st.just("book"), people, kinds, classes, keys),
    st.tuples(st.just("pay"), which, st.just("paid")),
)
fates = st.one_of(
    st.none(),
    st.none(),
    st.tuples(st.just("die"), calls),
    st.tuples(st.just("overtake"), calls, meanwhile),
)
"""Whether a process of ours lives through what it does, ends before one of its calls, or is overtaken there."""


BOUNDED = settings(
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)


class SeatsAndMoney(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = ExitStack()
        self.story: Story = self.world.enter_context(a_new_story())
        self.is_sound = True

    def do(self, act: Callable[..., Any], *arguments: Any, fate: tuple[Any, ...] | None = None, **options: Any) -> None:
        self.is_sound = False
        if fate and fate[0] == "die":
            self.story.die(fate[1])
        elif fate:
            name, *what = fate[2]
            self.story.overtake(fate[1], partial(getattr(self.story, name), *what))
        act(*arguments, **options)
        self.story.check()
        self.is_sound = True

    def has_bookings(self) -> bool:
        return bool(self.story.ledger.bookings)

    def has_pages(self) -> bool:
        return bool(self.story.ledger.stripe["sessions"])

    def has_money(self) -> bool:
        return bool(self.story.ledger.charges)

    def has_refunds(self) -> bool:
        return bool(self.story.ledger.stripe["refunds"])

    @initialize(who=people, at=classes)
    def somebody_has_a_seat(self, who: str, at: int) -> None:
        self.do(self.story.buy, who, at)

    @rule(who=people, kind=kinds, at=classes, key=keys, fate=fates)
    def book(self, who: str, kind: str, at: int, key: str | None, fate: Any) -> None:
        self.do(self.story.book, who, kind, at, key, fate=fate)

    @rule(who=people, at=classes)
    def buy(self, who: str, at: int) -> None:
        self.do(self.story.buy, who, at)

    @precondition(has_bookings)
    @rule(which=which, in_full=st.booleans(), fate=fates)
    def cancel(self, which: int, in_full: bool, fate: Any) -> None:
        self.do(self.story.cancel, which, fate=fate, **({"requireRefund": True} if in_full else {}))

    @precondition(has_bookings)
    @rule(which=which, to=classes, fate=fates)
    def reschedule(self, which: int, to: int, fate: Any) -> None:
        self.do(self.story.reschedule, which, to, fate=fate)

    @precondition(has_pages)
    @rule(which=which, outcome=st.sampled_from(["paid", "paid", "failed", "processing"]))
    def pay(self, which: int, outcome: str) -> None:
        self.do(self.story.pay, which, outcome)

    @precondition(has_pages)
    @rule(fate=fates)
    def stripe_tells(self, fate: Any) -> None:
        self.do(self.story.tell, fate=fate)

    @precondition(has_pages)
    @rule(which=st.lists(st.integers(0, 9), min_size=1, max_size=4))
    def stripe_tells_in_any_order(self, which: list[int]) -> None:
        self.do(self.story.tell_some, which)

    @precondition(has_money)
    @rule(which=which, amount=st.sampled_from([None, 500]))
    def school_refunds_by_hand(self, which: int, amount: int | None) -> None:
        self.do(self.story.refund_by_hand, which, amount)

    @precondition(has_money)
    @rule(outcome=st.sampled_from(["pending", "pending", "succeeded", "failed"]))
    def refunds_go_otherwise(self, outcome: str) -> None:
        self.do(self.story.let_refunds_be, outcome)

    @precondition(has_refunds)
    @rule(which=which, outcome=st.sampled_from(["succeeded", "failed"]))
    def refund_arrives_or_comes_back(self, which: int, outcome: str) -> None:
        self.do(self.story.settle_refund, which, outcome)

    @precondition(has_money)
    @rule(which=which, outcome=st.sampled_from([None, None, "won", "lost"]))
    def bank_asks(self, which: int, outcome: str | None) -> None:
        self.do(self.story.dispute, which, outcome)

    @rule(times=st.integers(1, 2), after=st.booleans())
    def stripe_breaks(self, times: int, after: bool) -> None:
        self.do(self.story.break_stripe, times=times, after=after)

    @rule(minutes=st.sampled_from([1, 3, 16, 46, 46, 24 * 60, 8 * 24 * 60]))
    def time_goes_by(self, minutes: int) -> None:
        self.do(self.story.wait, minutes)

    @rule(queues=st.sampled_from([(), ("immersio-seats",), ("immersio-payments",)]), fate=fates)
    def workers_work(self, queues: tuple[str, ...], fate: Any) -> None:
        self.do(self.story.work, *queues, fate=fate)

    @rule()
    def outbox_is_swept(self) -> None:
        self.do(self.story.sweep)

    def teardown(self) -> None:
        with self.world:
            if self.is_sound:
                self.story.finish()


@pytest.mark.timeout(900)
def test_after_any_history_seats_money_and_what_is_told_agree() -> None:
    """INV-04, INV-11, INV-12, INV-13, INV-14, INV-15, INV-17, INV-18, INV-21 (its status) and INV-27."""
    run_state_machine_as_test(SeatsAndMoney, settings=BOUNDED)
