"""An occurrence's row beside its bookings: what is right, and what has to be done about what is not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from immersio.booking.model import Booking, BookingStatus
from immersio.reconciling.model import SeatDrift
from immersio.seat.model import Claim, Hold, Occupancy, Place
from immersio.seat.store import fingerprint

Bookings = Mapping[str, Booking]
"""By their uids."""
GRACE = timedelta(hours=1)
"""For so long it is no drift that a claim is behind its booking: a message is on its way that settles it."""


@dataclass(frozen=True)
class Look:
    found: Occupancy
    right: Occupancy
    """What the row must say at this moment: nothing is taken away from who is about to commit."""
    behind: tuple[str, ...]
    """Claims to be settled, as it happens every day when a process dies."""
    drift: SeatDrift


def compare(place: Place, found: Occupancy, bookings: Bookings, seats: int, now: datetime) -> Look:
    """`bookings` are those of the place, and those of all its claims."""
    alive = {uid for uid, one in bookings.items() if one.place == place and one.is_alive(now)}
    claims = {uid: claim for uid, claim in found.claims.items() if uid in bookings or claim.hold is Hold.CLAIMED}
    behind = [uid for uid, claim in claims.items() if _is_behind(claim, bookings.get(uid), place, now)]
    overdue = [uid for uid in behind if uid in bookings and _is_overdue(found.claims[uid], bookings[uid], place, now)]
    right = Occupancy(
        taken=len(claims),
        claims=claims,
        emails=_marks(found, claims, bookings),
        cancelled=sum(1 for uid, one in bookings.items() if uid not in found.claims and _was_cancelled(one, place)),
    )
    drift = SeatDrift(
        taken=found.taken - len(found.claims),
        cancelled=found.cancelled - right.cancelled,
        strays=_sorted(found.claims.keys() - claims.keys()),
        marks=_sorted(address for address, _ in found.emails.items() ^ right.emails.items()),
        unseated=_sorted(alive - found.claims.keys()),
        overdue=_sorted(overdue),
        oversold=max(0, len(alive) - seats),
    )
    return Look(found, right, _sorted(set(behind) - set(overdue)), drift)


def _was_cancelled(booking: Booking, place: Place) -> bool:
    return booking.place == place and booking.status is BookingStatus.CANCELLED


def _is_behind(claim: Claim, booking: Booking | None, place: Place, now: datetime) -> bool:
    """Whether settling would change it. What is claimed for a commit waits for that, until it is over."""
    if booking and booking.place == place and booking.is_alive(now):
        return claim != _claim_of(booking)
    if booking and booking.place == place and booking.status is BookingStatus.PENDING:
        return True
    return claim.hold is not Hold.CLAIMED or claim.is_over(now)


def _claim_of(booking: Booking) -> Claim:
    accepted = booking.status is BookingStatus.ACCEPTED
    return Claim(Hold.SOLD) if accepted else Claim(Hold.HELD, booking.hold_until)


def _is_overdue(claim: Claim, booking: Booking, place: Place, now: datetime) -> bool:
    """Whether its message is later than it can be. Where that cannot be told it is not."""
    if booking.place != place:
        return False
    if booking.cancellation and claim.hold is not Hold.CLAIMED:
        return booking.cancellation.at + GRACE <= now
    if booking.status is BookingStatus.PENDING and claim.hold is Hold.SOLD:
        return True
    return booking.status is not BookingStatus.CANCELLED and claim.is_over(now - GRACE)


def _marks(found: Occupancy, claims: Mapping[str, Claim], bookings: Bookings) -> dict[str, str]:
    """Each claim's address; of those that are not committed only the row knows it.

    Two bookings of one address are there only after a seat was lost. One of them has the mark, and keeps it.
    """
    right = {address: uid for address, uid in found.emails.items() if uid in claims and uid not in bookings}
    for uid in sorted(claims.keys() & bookings.keys()):
        address = fingerprint(bookings[uid].attendee.email)
        if address not in right or found.emails.get(address) == uid:
            right[address] = uid
    return right


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))
