"""What students, Stripe, time and bad luck may do with the seats of two workshops, one free and one paid."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

import pytest
import stripe
import time_machine
from moto.backends import get_backend

from immersio.booking import links
from immersio.booking.model import Booking, BookingStatus
from immersio.seat.model import Place
from kernel import clock, outbox, settings, table
from local.sandboxes.stripe import LANGUAGE_ACADEMY
from local.sandboxes.stripe import create_app as create_stripe
from local.sandboxes.stripe_post import SUBSCRIBED
from tests.support import schools as school_worlds
from tests.support import world as worlds
from tests.support.inside import mocked
from tests.support.ledger import Ledger
from tests.support.money import Money
from tests.support.mortal import Life, living
from tests.support.notices import set_plan
from tests.support.schools import Schools
from tests.support.sink import Served
from tests.support.stats import stats
from tests.support.students import WEEK, book, cancel, free_workshop, move, place
from tests.support.workers import workers
from tests.support.workshops import tomorrow
from tests.support.world import Reply

SEATS, CLASSES = 2, 2
STARTS_ON = "2026-11-02T08:00:00Z"
DAYS_IN_A_QUEUE = 4
FREE, PAID = "free", "paid"
FULL, TWICE = "NO_SEATS_AVAILABLE", "CONFLICT"
Answer = TypeVar("Answer")


class QuicklyRead(Schools):
    """Rows out of moto's memory: a scan takes longer than all that a story does in between."""

    def rows(self) -> list[dict[str, Any]]:
        kept = get_backend("dynamodb")["123456789012"]["us-east-1"].tables[settings.table_name()]
        rows = [table.decode(item.to_json()["Attributes"]) for item in kept.all_items()]
        return [row for row in rows if "entity" in row]


class Story:
    """Each act is a method; what Stripe tells, and what our workers do, happens only when an act says so."""

    def __init__(self, money: Money, time: time_machine.Traveller) -> None:
        self.money, self.time = money, time
        self.first = tomorrow()
        self.made = {FREE: free_workshop(money.schools, seats=SEATS), PAID: money.workshop(seats=SEATS)}
        self.life, self.is_busy = Life(), False
        self.has_crashed = self.was_overtaken = self.is_faulty = False
        self.visitors = count()
        self.given_back = set[str]()
        """Whoever cancelled was told so."""
        self.ledger = Ledger.read(money)

    def check(self) -> None:
        before, self.ledger = self.ledger, Ledger.read(self.money)
        self.ledger.check(SEATS)
        self.ledger.check_after(before)
        kept = {uid for uid, booking in self.ledger.bookings.items() if booking.status is BookingStatus.ACCEPTED}
        assert not kept & self.given_back, "somebody has again what they gave back"

    # What students do

    def book(self, who: str, kind: str, which: int, key: str | None = None) -> str | None:
        """The uid, if they got a seat."""
        at, visitor = self.class_at(which), self.visitor()
        reply = self._done(lambda: book(self.made[kind], f"{who}@example.com", at=at, key=key, ip=visitor))
        if reply is None:
            return None
        if reply.status == 201:
            return str(reply.json["booking"]["uid"])
        self._check_refusal(reply, f"{who}@example.com", place(self.money.schools, self.made[kind], at))
        return None

    def _check_refusal(self, reply: Reply, email: str, there: Place) -> None:
        """Nobody is turned away while there is room."""
        now = Ledger.read(self.money)
        found = now.places.get(there)
        if reply.status == 409:
            assert found, reply.body
            live = [uid for uid, claim in found.claims.items() if not claim.is_over(now.now)]
            is_full = len(live) >= SEATS
            has_one = any(uid in live for uid in found.emails.values())
            assert is_full or has_one, f"{email} is refused though there is room: {reply.body}"
        elif reply.status == 400:
            assert there.starts_at <= now.now, reply.body
        else:
            assert reply.status == 402 or self.is_faulty, reply.body

    def buy(self, who: str, which: int) -> None:
        """Somebody books, pays, and Stripe tells at once."""
        uid = self.book(who, PAID, which)
        if uid and (payment := self.money.booking(uid).payment) and payment.session_id:
            self._pay(payment.session_id, "paid")
            self.tell()

    def cancel(self, which: int, **sent: Any) -> None:
        if booking := self.pick(which):
            reply = self._done(lambda: cancel(booking.uid, _token(booking), ip=self.visitor(), **sent))
            started = booking.starts_at <= clock.now()
            refused = {400} if sent.get("requireRefund") else set()
            assert reply is None or reply.status in {200, *refused, *({409} if started else ())}, reply.body
            if reply and reply.status == 200:
                self.given_back.add(booking.uid)

    def reschedule(self, which: int, to: int) -> None:
        if booking := self.pick(which):
            reply = self._done(lambda: move(booking.uid, _token(booking), self.class_at(to), ip=self.visitor()))
            assert reply is None or reply.status in {200, 400, 409}, reply.body

    def pay(self, which: int, outcome: str) -> None:
        """On a page that somebody was shown."""
        shown = [one.payment.session_id for one in self.ledger.bookings.values() if one.payment]
        open_now = [each for each in self.money.sessions() if each["id"] in shown and _takes(each, outcome)]
        if open_now:
            self._pay(open_now[which % len(open_now)]["id"], outcome)

    def _pay(self, session_id: str, outcome: str) -> None:
        answer = self.money.stripe.control(f"/_pay/{session_id}", {"outcome": outcome})
        assert answer.status_code in {200, 409}, answer.text

    # What goes on at Stripe

    def tell(self) -> list[int]:
        """Stripe tells what it has not told."""
        return self._hear(self.money.untold(*SUBSCRIBED))

    def tell_some(self, which: Sequence[int]) -> None:
        """In whatever order, and what was told again."""
        told = self.money.stripe.events(*SUBSCRIBED)[::-1]
        if told:
            self._hear([told[each % len(told)] for each in which])

    def _hear(self, events: Sequence[Any]) -> list[int]:
        answers = [self._done(lambda event=event: self.money.deliver([event])) for event in events]  # type: ignore[misc]
        statuses = [status for answer in answers if answer for status in answer]
        assert {200, 409, 503}.issuperset(statuses), statuses
        return statuses

    def refund_by_hand(self, which: int, amount: int | None) -> None:
        paid = [each for each in self.money.stripe.state["charges"] if each["paid"] and not each["refunded"]]
        if paid:
            sent = {
                "payment_intent": paid[which % len(paid)]["payment_intent"],
                **({"amount": amount} if amount else {}),
            }
            self.money.stripe.post("/v1/refunds", data=sent, headers={"Stripe-Account": LANGUAGE_ACADEMY})

    def let_refunds_be(self, outcome: str) -> None:
        self.money.stripe.change(LANGUAGE_ACADEMY, refunds=outcome)

    def settle_refund(self, which: int, outcome: str) -> None:
        """It arrives, or it comes back."""
        if refunds := [each for each in self.money.refunds() if each["status"] not in {"failed", outcome}]:
            self.money.stripe.settle_refund(refunds[which % len(refunds)]["id"], outcome)

    def dispute(self, which: int, outcome: str | None) -> None:
        if paid := [each for each in self.money.stripe.state["charges"] if each["paid"]]:
            told = {"outcome": outcome} if outcome else {}
            self.money.stripe.control(f"/_dispute/{paid[which % len(paid)]['payment_intent']}", told)

    def break_stripe(self, *, times: int, after: bool) -> None:
        """It fails next; once, and our client's second try finds it well again."""
        self.is_faulty = True
        self.money.stripe.fail(status=500, times=times, afterEffect=after)

    # Time, and what works in it

    def wait(self, minutes: float) -> None:
        """A queue forgets what lies in it for long; the table does not."""
        self.time.shift(timedelta(minutes=minutes))
        if minutes >= DAYS_IN_A_QUEUE * 24 * 60:
            for queue in workers("immersio"):
                outbox.sqs().purge_queue(QueueUrl=settings.queue_url(queue))

    def work(self, *queues: str) -> None:
        self._done(lambda: self.money.schools.run_workers(*queues))

    def sweep(self) -> None:
        self._done(self.money.schools.sweep)

    def die(self, calls: int) -> None:
        """Whoever acts next ends before this call."""
        self.life = Life(calls)

    def overtake(self, calls: int, act: Callable[[], None]) -> None:
        """Whoever acts next finds that this was done before that call."""
        self.life = Life(calls, act)

    # How it ends

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
        since = clock.iso(self.first - WEEK)
        told = stats(self.money.schools, startDate=datetime.fromisoformat(since))
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
            if _is_processing(each):
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

    # Who and what there is

    def pick(self, which: int) -> Booking | None:
        bookings = [*self.ledger.bookings.values()]
        return bookings[which % len(bookings)] if bookings else None

    def class_at(self, which: int) -> datetime:
        return self.first + (which % CLASSES) * WEEK

    def visitor(self) -> str:
        """Each request comes from another address, so that nobody is told to wait."""
        number = next(self.visitors)
        return f"10.0.{number // 250}.{number % 250}"

    def _done(self, call: Callable[[], Answer]) -> Answer | None:
        """What a process of ours answers; None if it ended before."""
        if self.is_busy:
            return call()
        life, self.life, self.is_busy = self.life, Life(), True
        answer = None
        try:
            with living(life):
                answer = call()
        finally:
            self.is_busy = False
        self.has_crashed |= life.ended
        self.was_overtaken = life.overtaken is not None and life.ends_before is None
        return answer


@contextmanager
def a_new_story() -> Iterator[Story]:
    """In a world of its own, as what is left over of others would be worked on again and again."""
    served = Served(create_stripe(worlds.STRIPE["secret_key"], webhook_secret=worlds.STRIPE["webhook_secret"]))
    try:
        with (
            time_machine.travel(STARTS_ON, tick=True) as time,
            mocked(),
            pytest.MonkeyPatch.context() as patch,
        ):
            worlds.forget_clients()
            patch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)  # real pauses, only shorter
            patch.setattr(stripe.HTTPClient, "MAX_DELAY", 0)
            for name, value in {**worlds.create_aws(), "STRIPE_BASE_URL": served.url}.items():
                patch.setenv(name, value)
            founded = school_worlds.founded()
            schools = QuicklyRead(founded.academy, founded.studio, founded.sink)
            set_plan(schools.academy.tenant_id, "enterprise")
            yield Story(Money(schools), time)
    finally:
        served.stop()
        worlds.forget_clients()


def _token(booking: Booking) -> str:
    return links.manage_token(booking.uid)


def _is_processing(session: dict[str, Any]) -> bool:
    return session["status"] == "complete" and session["payment_status"] == "unpaid"


def _takes(session: dict[str, Any], outcome: str) -> bool:
    return session["status"] == "open" or (_is_processing(session) and outcome != "processing")
