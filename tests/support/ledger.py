"""All that is written of seats and their money at one moment: our rows, what Immersio is to be told, Stripe's books."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Self

from immersio.booking.model import Booking, BookingStatus, CancelledBy, PaymentStatus
from immersio.payment.model import RefundStatus
from immersio.seat.model import Claim, Hold, Occupancy, Place
from immersio.seat.store import occupancy
from kernel import clock
from kernel.outbox import Message
from tests.support.money import Money

CREATED, PAID, CANCELLED = "BOOKING_CREATED", "PAYMENT_COMPLETED", "BOOKING_CANCELLED"


@dataclass(frozen=True)
class Charge:
    """A payment that succeeded at Stripe, and what went back of it; newest refund first, as Stripe lists them."""

    amount: int
    is_disputed: bool
    refunds: list[dict[str, Any]]

    @property
    def ours(self) -> list[dict[str, Any]]:
        return [each for each in self.refunds if each["metadata"].get("booking_uid")]

    @property
    def alive(self) -> list[dict[str, Any]]:
        return [each for each in self.refunds if each["status"] != "failed"]

    @property
    def given_back(self) -> int:
        return sum(each["amount"] for each in self.alive)

    @property
    def arrived(self) -> int:
        return sum(each["amount"] for each in self.refunds if each["status"] == "succeeded")

    @property
    def truth(self) -> tuple[RefundStatus, int] | None:
        """Status and amount of a refund, as a booking should have them; None where Stripe made none."""
        if not self.refunds:
            return None
        if not self.alive:
            return RefundStatus.FAILED, self.refunds[0]["amount"]
        is_pending = any(each["status"] == "pending" for each in self.alive)
        return RefundStatus.PENDING if is_pending else RefundStatus.COMPLETED, self.given_back


@dataclass(frozen=True)
class Ledger:
    now: datetime
    bookings: dict[str, Booking]
    places: dict[Place, Occupancy]
    told: dict[str, list[Message]]
    """Events of each booking, by their sequence."""
    unheard: list[Message]
    """Messages of any kind that no worker has dealt with yet."""
    stripe: dict[str, Any]
    usage: Counter[str] = field(default_factory=Counter)
    """What counts against the school's plan."""

    @classmethod
    def read(cls, money: Money) -> Self:
        rows = defaultdict[str, list[dict[str, Any]]](list)
        for row in money.schools.rows():
            rows[row["entity"]].append(row)
        messages = [Message.model_validate(row) for row in rows["outbox"]]
        bookings = [Booking.model_validate(row) for row in rows["booking"]]
        return cls(
            now=clock.now(),
            bookings={booking.uid: booking for booking in sorted(bookings, key=lambda one: one.id)},
            places=dict(map(_place, rows["occurrence"])),
            told=_told(messages),
            unheard=[message for message in messages if message.status == "pending"],
            stripe=money.stripe.state,
            usage=_usage(rows["tenant_usage"], money.schools.academy.tenant_id),
        )

    @cached_property
    def charges(self) -> dict[str, Charge]:
        """By the booking's uid."""
        refunds = defaultdict[str, list[dict[str, Any]]](list)
        for each in self.stripe["refunds"]:
            refunds[each["payment_intent"]].insert(0, each)
        paid = [each for each in self.stripe["charges"] if each["status"] == "succeeded"]
        found = {
            each["metadata"]["booking_uid"]: Charge(each["amount"], each["disputed"], refunds[each["payment_intent"]])
            for each in paid
        }
        assert len(found) == len(paid), "a seat was paid twice"
        return found

    @property
    def alive(self) -> list[Booking]:
        return [booking for booking in self.bookings.values() if booking.is_alive(self.now)]

    def check(self, seats: int) -> None:
        """What holds at any moment, whoever is in the middle of whatever."""
        self._check_seats(seats)
        for booking in self.bookings.values():
            self._check_money(booking)
            self._check_told(booking)

    def _check_seats(self, seats: int) -> None:
        for found in self.places.values():
            assert 0 <= found.taken == len(found.claims) == len(found.emails) <= seats
        taken = Counter((booking.place, booking.attendee.email) for booking in self.alive)
        assert all(number == 1 for number in taken.values()), "an address has two seats of one class"
        for booking in self.alive:
            assert booking.uid in self.places[booking.place].claims, f"{booking.uid} is alive and has lost its seat"

    def _check_money(self, booking: Booking) -> None:
        charge = self.charges.get(booking.uid)
        own = [each for each in self.stripe["sessions"] if each["metadata"].get("booking_uid") == booking.uid]
        assert len(own) <= 1, f"{booking.uid} can be paid twice"
        assert len(charge.ours if charge else []) <= 1, f"{booking.uid} was given its money back twice"
        assert not booking.paid or charge, f"{booking.uid} is paid, and Stripe knows nothing of it"
        if booking.status is BookingStatus.ACCEPTED and booking.payment:
            assert booking.paid, f"{booking.uid} has a seat that nobody paid"
            assert charge
            assert charge.amount == booking.payment.amount
            assert not charge.ours, f"{booking.uid} has its seat, and its money back too"

    def _check_told(self, booking: Booking) -> None:
        told = self.told.get(booking.uid, [])
        assert [each.sequence for each in told] == [*range(1, booking.events + 1)], f"{booking.uid} is told in no order"
        kinds = [each.kind for each in told]
        first = [CREATED] if booking.payment is None else [CREATED, PAID]
        possible: tuple[list[str], ...] = ([], first, [*first, CANCELLED], [CANCELLED])
        assert kinds in possible, f"{booking.uid}: {kinds}"
        if CREATED in kinds:
            assert booking.accepted_at, f"{booking.uid} was told of, and nobody ever had it"
            assert booking.payment is None or booking.paid
        assert CANCELLED not in kinds or booking.status is BookingStatus.CANCELLED

    def check_after(self, before: "Ledger") -> None:
        """What may not be undone."""
        for uid, earlier in before.bookings.items():
            later = self.bookings[uid]
            assert later.paid or not earlier.paid, f"{uid} was paid, and is not any more"
            assert later.revision >= earlier.revision
            if earlier.status is BookingStatus.CANCELLED and later.status is not earlier.status:
                assert earlier.ran_out, f"{uid} had been given back, and is somebody's again"

    def check_claims(self) -> None:
        """Once everybody has had time: a seat is taken by a booking that is alive, and by nothing else."""
        for place, found in self.places.items():
            here = {booking.uid: booking for booking in self.alive if booking.place == place}
            claims = {uid: claim for uid, claim in found.claims.items() if not self._is_left_over(place, claim)}
            assert claims.keys() == here.keys(), f"{place} is taken by others than sit there"
            for uid, claim in claims.items():
                hold, until = (here[uid].hold_until and Hold.HELD) or Hold.SOLD, here[uid].hold_until
                assert (claim.hold, claim.until) == (hold, until), f"{uid} is held for another time than it has"

    def _is_left_over(self, place: Place, claim: Claim) -> bool:
        """Of a process that ended: nobody looks for a seat in a class that has begun."""
        return place.starts_at <= self.now and claim.hold is Hold.CLAIMED and claim.is_over(self.now)

    def check_end(self) -> None:
        """Once everything has happened that is going to."""
        assert [each["id"] for each in self.stripe["sessions"] if each["status"] == "open"] == []
        assert self.charges.keys() <= self.bookings.keys()
        for booking in self.bookings.values():
            assert booking.status is not BookingStatus.PENDING, f"{booking.uid} waits for ever"
            self._check_settled(booking)
            self._check_all_told(booking)

    def _check_settled(self, booking: Booking) -> None:
        charge = self.charges.get(booking.uid)
        assert booking.paid == bool(charge), f"{booking.uid}: paid is {booking.paid}"
        if charge is None:
            return
        told = (booking.refund.status, booking.refund.amount) if booking.refund else None
        if booking.status is BookingStatus.CANCELLED and not _may_keep(booking):
            failed = charge.is_disputed or any(each["status"] == "failed" for each in charge.refunds)
            assert failed or charge.given_back == charge.amount, f"{booking.uid} has lost its money"
        is_refused = charge.is_disputed and booking.refund and booking.refund.stripe_refund_id is None
        if booking.refund and is_refused:
            assert booking.refund.status is RefundStatus.FAILED
        else:
            assert told == charge.truth, f"{booking.uid}: {told} is not what Stripe says, {charge.truth}"
        if booking.payment and not booking.dispute:
            status = PaymentStatus.REFUNDED if charge.arrived == charge.amount else PaymentStatus.PAID
            assert booking.payment.status is status, f"{booking.uid}: {booking.payment.status} is not {status}"

    def _check_all_told(self, booking: Booking) -> None:
        kinds = [each.kind for each in self.told.get(booking.uid, [])]
        ended = booking.status is BookingStatus.CANCELLED
        assert (CREATED in kinds) == bool(booking.accepted_at), f"{booking.uid}: {kinds}"
        assert (CANCELLED in kinds) == (ended and bool(booking.accepted_at or booking.paid)), f"{booking.uid}: {kinds}"

    def statistics(self) -> dict[str, int]:
        """What a school should be told, by the rows and by Stripe."""
        accepted = [booking for booking in self.bookings.values() if booking.accepted_at]
        kept = [booking for booking in accepted if booking.status is BookingStatus.ACCEPTED]
        return {
            "totalBookings": len(accepted),
            "cancelledBookings": len(accepted) - len(kept),
            "completedBookings": sum(booking.ends_at <= self.now for booking in kept),
            "studentCount": len({booking.attendee.email for booking in accepted}),
            "totalRevenue": sum(charge.amount - charge.arrived for charge in self.charges.values()),
        }

    def counted(self) -> int:
        """What should count against the plan: every seat that somebody had, or may have yet."""
        return sum(bool(one.accepted_at) or one.status is BookingStatus.PENDING for one in self.bookings.values())


def _may_keep(booking: Booking) -> bool:
    """The school may keep the money of a student who gave their seat back too late (decision 6)."""
    ended = booking.cancellation
    assert ended
    in_time = (booking.starts_at - ended.at).total_seconds() >= booking.refund_window_seconds
    return ended.by is CancelledBy.STUDENT and bool(booking.accepted_at) and (booking.is_forfeited or not in_time)


def _place(row: dict[str, Any]) -> tuple[Place, Occupancy]:
    place = Place(row["tenant_id"], row["workshop_id"], datetime.fromisoformat(row["starts_at"]))
    return place, occupancy(row)


def _told(messages: Iterable[Message]) -> dict[str, list[Message]]:
    told = defaultdict[str, list[Message]](list)
    for message in sorted(messages, key=lambda each: each.sequence):
        if message.kind in {CREATED, CANCELLED}:
            told[message.payload["booking"]["uid"]].append(message)
        elif message.kind == PAID:
            told[message.payload["payment"]["bookingUid"]].append(message)
    return told


def _usage(rows: Iterable[dict[str, Any]], tenant_id: int) -> Counter[str]:
    found = Counter[str]()
    for row in rows:
        if str(tenant_id) in row["pk"]:
            found.update({name: count for name, count in row.items() if name.startswith("bookings_")})
    return found
