"""Whatever students, Stripe, time and crashes do, in whatever order: rows, counters, Stripe's books and what is told agree."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.support.seat_story import CLASSES, FREE, PAID, Story, a_new_story

people = st.sampled_from(["ada", "bo", "cy"])
which = st.integers(0, 5)
classes = st.integers(0, CLASSES - 1)
calls = st.integers(0, 30)
meanwhile = st.one_of(
    st.tuples(st.just("tell")),
    st.tuples(st.just("work")),
    st.tuples(st.just("cancel"), which),
    st.tuples(st.just("reschedule"), which, classes),
    st.tuples(st.just("book"), people, st.sampled_from([FREE, PAID]), classes, st.sampled_from([None, "k"])),
    st.tuples(st.just("pay"), which, st.just("paid")),
)


class SeatsAndMoney(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = ExitStack()
        self.story: Story = self.world.enter_context(a_new_story())
        self.is_sound = True

    def do(self, act: Callable[..., Any], *arguments: Any, **options: Any) -> None:
        self.is_sound = False
        act(*arguments, **options)
        self.story.check()
        self.is_sound = True

    @rule(who=people, kind=st.sampled_from([FREE, PAID]), at=classes, key=st.sampled_from([None, "k"]))
    def book(self, who: str, kind: str, at: int, key: str | None) -> None:
        self.do(self.story.book, who, kind, at, key)

    @rule(who=people, at=classes)
    def buy(self, who: str, at: int) -> None:
        self.do(self.story.buy, who, at)

    def has_bookings(self) -> bool:
        return bool(self.story.ledger.bookings)

    def has_pages(self) -> bool:
        return bool(self.story.ledger.stripe["sessions"])

    def has_money(self) -> bool:
        return bool(self.story.ledger.charges)

    def has_refunds(self) -> bool:
        return bool(self.story.ledger.stripe["refunds"])

    @precondition(has_bookings)
    @rule(which=which, in_full=st.booleans())
    def cancel(self, which: int, in_full: bool) -> None:
        self.do(self.story.cancel, which, **({"requireRefund": True} if in_full else {}))

    @precondition(has_bookings)
    @rule(which=which, to=classes)
    def reschedule(self, which: int, to: int) -> None:
        self.do(self.story.reschedule, which, to)

    @precondition(has_pages)
    @rule(which=which, outcome=st.sampled_from(["paid", "paid", "failed", "processing"]))
    def pay(self, which: int, outcome: str) -> None:
        self.do(self.story.pay, which, outcome)

    @precondition(has_pages)
    @rule()
    def stripe_tells(self) -> None:
        self.do(self.story.tell)

    @precondition(has_pages)
    @rule(which=st.lists(st.integers(0, 9), min_size=1, max_size=4))
    def stripe_tells_in_any_order(self, which: list[int]) -> None:
        self.do(self.story.tell_some, which)

    @precondition(has_money)
    @rule(which=which, amount=st.sampled_from([None, 500]))
    def school_refunds_by_hand(self, which: int, amount: int | None) -> None:
        self.do(self.story.refund_by_hand, which, amount)

    @precondition(has_money)
    @rule(outcome=st.sampled_from(["pending", "succeeded", "failed"]))
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

    @rule(minutes=st.sampled_from([1, 3, 16, 46, 24 * 60, 8 * 24 * 60]))
    def time_goes_by(self, minutes: int) -> None:
        self.do(self.story.wait, minutes)

    @rule(queues=st.sampled_from([(), (), ("immersio-seats",), ("immersio-payments",), ("immersio-statistics",)]))
    def workers_work(self, queues: tuple[str, ...]) -> None:
        self.do(self.story.work, *queues)

    @rule()
    def outbox_is_swept(self) -> None:
        self.do(self.story.sweep)

    @rule(calls=calls)
    def somebody_will_die(self, calls: int) -> None:
        self.story.die(calls)

    @rule(calls=calls, act=meanwhile)
    def somebody_will_be_overtaken(self, calls: int, act: tuple[Any, ...]) -> None:
        name, *arguments = act
        self.story.overtake(calls, lambda: getattr(self.story, name)(*arguments))

    def teardown(self) -> None:
        with self.world:
            if self.is_sound:
                self.story.finish()


class TestAnyHistory(SeatsAndMoney.TestCase):  # type: ignore[name-defined,misc]
    """INV-04, INV-11 to 15, INV-17, INV-18, INV-21, INV-27."""

    settings = settings(
        max_examples=int(__import__("os").environ.get("N", "12")),
        stateful_step_count=int(__import__("os").environ.get("STEPS", "20")),
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
