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
    """Hold a seat for a booking that is about to be committed.

    None if it had a claim there: that may be another's who asks for the same booking, and is not to be given back.

    A claim whose time is over stands in nobody's way: it is settled first, which may find that it was sold after all.
    So who comes back for a claim of theirs, also for one that was sold to them and is to be given back, makes it last
    again, or has lost it. Raises `NoSeatsAvailable`, or `Conflict` where the class was called off, or the address has a
    seat; whose that is, is told to nobody (INV-08).
    """
    for _ in range(TRIES):
        found = store.load_occupancy(place)
        check_takes_place(found)
        if mine := found.claims.get(wish.uid):
            if _renewed(place, wish, mine):
                return None
        elif made := _claimed(place, wish, found, seats, settle):
            return made
    raise TemporarilyUnavailable("Too many people book this class right now; try again", retry_after_seconds=1)


def _renewed(place: Place, wish: Wish, mine: Claim) -> bool:
    """False where somebody was quicker. An offer is made by one at a time: two would undo each other's claim."""
    now = clock.now()
    if wish.offered and not mine.is_over(now):
        raise TemporarilyUnavailable("This seat is being offered just now", retry_after_seconds=1)
    return store.turn(place, wish.uid, mine, Claim(Hold.CLAIMED, now + LONGEST_COMMIT))


def _claimed(place: Place, wish: Wish, found: Occupancy, seats: int, settle: Settle) -> Claim | None:
    """None where what was in the way is settled now."""
    now = clock.now()
    check_has_none(found, wish.email, now)
    if found.seated(now) >= seats or (found.waiting and not wish.offered):
        raise NoSeatsAvailable("All seats of this class are taken; choose another date, or join the waitlist")
    try:
        return store.claim(place, wish, now + LONGEST_COMMIT, seats)
    except store.ConditionFailed as failed:
        for expired in _in_the_way(store.occupancy(failed.found[0]), wish.email, clock.now()):
            settle(place, expired)
    return None


def check_takes_place(found: Occupancy) -> None:
    """Raises `Conflict` where the class was called off."""
    if found.called_off_at:
        raise Conflict("This class was called off; choose another date")


def check_has_none(found: Occupancy, email: str, now: datetime) -> None:
    """Raises `Conflict` where this address has a seat."""
    holder = found.emails.get(store.fingerprint(email))
    if holder and holder not in set(found.over(now)):
        raise Conflict(
            "This address has a seat in this class already, or one that is held for it; "
            "choose another class, or cancel that seat first"
        )


def _in_the_way(found: Occupancy, email: str, now: datetime) -> list[str]:
    """Expired claims: this address's own first, and one more for the seat."""
    own = found.emails.get(store.fingerprint(email))
    return sorted(found.over(now), key=lambda uid: uid != own)[:2]
