"""Taking a seat: the one update that decides who gets it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from immersio.seat import store
from immersio.seat.model import Claim, Hold, Occupancy, Place
from kernel import clock
from kernel.errors import Conflict, NoSeatsAvailable, TemporarilyUnavailable

LONGEST_COMMIT = timedelta(minutes=2)
"""How long a claim stands without a booking: longer than the function that made it can run."""
TRIES = 20
"""Each shows another row, so more than a few are a sign of trouble."""

Settle = Callable[[Place, str], None]


def take(place: Place, uid: str, email: str, seats: int, settle: Settle, *, offered: bool = False) -> None:
    """Hold a seat for a booking that is about to be committed.

    A claim whose time is over stands in nobody's way: it is settled first, which may find that it was sold after all.
    So who comes back for a claim of theirs makes it last again, or has lost it. Raises `NoSeatsAvailable`, or
    `Conflict` where the address has a seat; whose that is, is told to nobody (INV-08).

    What is `offered` is taken past those who wait, by one at a time: two who make the same offer would undo each
    other's claim.
    """
    for _ in range(TRIES):
        now = clock.now()
        found = store.load_occupancy(place)
        if mine := found.claims.get(uid):
            if offered and not mine.is_over(now):
                raise TemporarilyUnavailable("This seat is being offered just now", retry_after_seconds=1)
            if mine.hold is Hold.SOLD or store.turn(place, uid, mine, Claim(Hold.CLAIMED, now + LONGEST_COMMIT)):
                return
            continue
        _refuse(found, email, seats, now, offered=offered)
        try:
            store.claim(place, uid, email, now + LONGEST_COMMIT, seats, offered=offered)
        except store.ConditionFailed as failed:
            for expired in _in_the_way(store.occupancy(failed.found[0]), email, clock.now()):
                settle(place, expired)
        else:
            return
    raise TemporarilyUnavailable("Too many people book this class right now; try again", retry_after_seconds=1)


def check_has_none(found: Occupancy, email: str, now: datetime) -> None:
    """Raises `Conflict` where this address has a seat."""
    holder = found.emails.get(store.fingerprint(email))
    if holder and holder not in set(found.over(now)):
        raise Conflict("This address has a seat in this class already")


def _refuse(found: Occupancy, email: str, seats: int, now: datetime, *, offered: bool) -> None:
    check_has_none(found, email, now)
    if found.seated(now) >= seats or (found.waiting and not offered):
        raise NoSeatsAvailable("All seats of this class are taken; choose another date, or join the waitlist")


def _in_the_way(found: Occupancy, email: str, now: datetime) -> list[str]:
    """Expired claims: this address's own first, and one more for the seat."""
    own = found.emails.get(store.fingerprint(email))
    return sorted(found.over(now), key=lambda uid: uid != own)[:2]
