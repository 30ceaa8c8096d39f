"""Taking a seat: the one update that decides who gets it."""

from collections.abc import Callable
from datetime import datetime, timedelta

from immersio.seat import store
from immersio.seat.model import Claim, Hold, Occupancy, Place, Wish
from kernel import clock
from kernel.errors import Conflict, NoSeatsAvailable, TemporarilyUnavailable

LONGEST_COMMIT = timedelta(minutes=2)
"""How long a claim stands without a booking: longer than the function that made it can run."""
TRIES = 20
"""Each shows another row, so more than a few are a sign of trouble."""

Settle = Callable[[Place, str], None]


def take(place: Place, wish: Wish, seats: int, settle: Settle) -> Claim | None:
    """Hold a seat for a booking that is about to be committed. The claim, if it was made here; None if it was there.

    A claim whose time is over stands in nobody's way: it is settled first, which may find that it was sold after all.
    So who comes back for a claim of theirs makes it last again, or has lost it. Raises `NoSeatsAvailable`, or
    `Conflict` where the class was called off, or the address has a seat; whose that is, is told to nobody (INV-08).
    """
    for _ in range(TRIES):
        now = clock.now()
        found = store.load_occupancy(place)
        check_takes_place(found)
        mine = found.claims.get(wish.uid)
        if mine is None:
            if made := _claimed(place, wish, found, seats, settle):
                return made
        elif _renewed(place, wish, mine, now):
            return None
    raise TemporarilyUnavailable("Too many people book this class right now; try again", retry_after_seconds=1)


def _renewed(place: Place, wish: Wish, mine: Claim, now: datetime) -> bool:
    """False where somebody was quicker. An offer is made by one at a time: two would undo each other's claim."""
    if wish.offered and not mine.is_over(now):
        raise TemporarilyUnavailable("This seat is being offered just now", retry_after_seconds=1)
    return mine.hold is Hold.SOLD or store.turn(place, wish.uid, mine, Claim(Hold.CLAIMED, now + LONGEST_COMMIT))


def _claimed(place: Place, wish: Wish, found: Occupancy, seats: int, settle: Settle) -> Claim | None:
    """None where what was in the way is settled now."""
    now = clock.now()
    check_has_none(found, wish.email, now)
    if found.seated(now) >= seats or (found.waiting and not wish.offered):
        raise NoSeatsAvailable("All seats of this class are taken; choose another date, or join the waitlist")
    until = now + LONGEST_COMMIT
    try:
        store.claim(place, wish, until, seats)
    except store.ConditionFailed as failed:
        for expired in _in_the_way(store.occupancy(failed.found[0]), wish.email, clock.now()):
            settle(place, expired)
        return None
    return Claim(Hold.CLAIMED, until)


def check_takes_place(found: Occupancy) -> None:
    """Raises `Conflict` where the class was called off."""
    if found.called_off_at:
        raise Conflict("This class was called off; choose another date")


def check_has_none(found: Occupancy, email: str, now: datetime) -> None:
    """Raises `Conflict` where this address has a seat."""
    holder = found.emails.get(store.fingerprint(email))
    if holder and holder not in set(found.over(now)):
        raise Conflict("This address has a seat in this class already")


def _in_the_way(found: Occupancy, email: str, now: datetime) -> list[str]:
    """Expired claims: this address's own first, and one more for the seat."""
    own = found.emails.get(store.fingerprint(email))
    return sorted(found.over(now), key=lambda uid: uid != own)[:2]
