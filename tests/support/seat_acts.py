"""What students, Stripe, time and bad luck may do with the seats of two workshops, one free and one paid."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar

import time_machine

from immersio.booking import links
from immersio.booking.model import Booking, BookingStatus
from immersio.seat.model import Place
from immersio.seat.store import fingerprint
from kernel import clock
from local.sandboxes.stripe import LANGUAGE_ACADEMY
from local.sandboxes.stripe_post import SUBSCRIBED
from tests.support.ledger import Ledger
from tests.support.money import Money
from tests.support.mortal import Life, living
from tests.support.seat_world import QuicklyRead
from tests.support.students import WEEK, book, cancel, free_workshop, move, place
from tests.support.workshops import tomorrow
from tests.support.world import Reply

SEATS, CLASSES = 2, 2
DAYS_IN_A_QUEUE = 4
FREE, PAID = "free", "paid"
Answer = TypeVar("Answer")


class Acts:
    """Each act is a method; what Stripe tells, and what our workers do, happens only when an act says so."""

    def __init__(self, schools: QuicklyRead, time: time_machine.Traveller) -> None:
        self.schools, self.money, self.time = schools, Money(schools), time
        self.first = tomorrow()
        self.made = {FREE: free_workshop(schools, seats=SEATS), PAID: self.money.workshop(seats=SEATS)}
        self.key = "k"
        self.life, self.is_busy = Life(), False
        self.has_crashed = self.was_overtaken = self.is_faulty = False
        self.visitors = count()
        self.given_back = set[str]()
        """Whoever cancelled was told so."""
        self.ledger = Ledger.read(self.money)

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
        self._check_refusal(reply, f"{who}@example.com", place(self.schools, self.made[kind], at))
        return None

    def _check_refusal(self, reply: Reply, email: str, there: Place) -> None:
        """Nobody is turned away while there is room."""
        now = Ledger.read(self.money)
        found = now.places.get(there)
        if reply.status == 409:
            assert found, reply.body
            live = [uid for uid, claim in found.claims.items() if not claim.is_over(now.now)]
            has_one = found.emails.get(fingerprint(email)) in live
            is_right = has_one if reply.json["code"] == "CONFLICT" else len(live) >= SEATS
            assert is_right or self.was_overtaken, f"{email} is refused though there is room: {reply.body}"
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
            self.schools.empty_queues()

    def work(self, *queues: str) -> None:
        self._done(lambda: self.schools.run_workers(*queues))

    def sweep(self) -> None:
        self._done(self.schools.sweep)

    def die(self, calls: int) -> None:
        """Whoever acts next ends before this call."""
        self.life = Life(calls)

    def overtake(self, calls: int, act: Callable[[], object]) -> None:
        """Whoever acts next finds that this was done before that call."""
        self.life = Life(calls, act)

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


def _token(booking: Booking) -> str:
    return links.manage_token(booking.uid)


def is_processing(session: dict[str, Any]) -> bool:
    return bool(session["status"] == "complete" and session["payment_status"] == "unpaid")


def _takes(session: dict[str, Any], outcome: str) -> bool:
    return session["status"] == "open" or (is_processing(session) and outcome != "processing")
