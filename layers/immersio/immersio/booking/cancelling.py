"""Ending a booking, by whomever: committed once, told once, and its seat given back (INV-11).

Its money is brought in line after (`booking.money`): at once by who waits for it, else by its message.
"""

from collections.abc import Callable
from datetime import datetime

from immersio.booking import changes, store
from immersio.booking.ending import end
from immersio.booking.model import Booking, BookingStatus, CancelledBy
from immersio.booking.settling import settle
from immersio.tenant.model import Tenant
from kernel import clock
from kernel.errors import Conflict, TemporarilyUnavailable

TRIES = 5

Find = Callable[[], tuple[Booking, Tenant]]
"""Reads the booking, anew after each change that was quicker; raises where it is none of the caller's business."""
Refuse = Callable[[Booking, datetime], None]
"""Raises where the booking may not be cancelled at this time."""


def cancel(find: Find, by: CancelledBy, reason: str | None, refuse: Refuse | None = None) -> Booking:
    """Once more changes nothing, and answers as the first time."""
    for _ in range(TRIES):
        booking, tenant = find()
        try:
            after = _ended(booking, tenant, by, reason, refuse)
        except store.ConditionFailed:
            continue
        settle(after.place, after.uid)
        return after
    raise TemporarilyUnavailable("This booking is being changed elsewhere; try again", retry_after_seconds=1)


def _ended(booking: Booking, tenant: Tenant, by: CancelledBy, reason: str | None, refuse: Refuse | None) -> Booking:
    """Also what had run out: then a payment that comes now does not win it back."""
    if booking.ran_out:
        after, actions = changes.given_up(booking, by, reason)
        store.commit(*actions)
        return after
    if booking.status is BookingStatus.CANCELLED:
        return booking
    now = clock.now()
    if refuse:
        refuse(booking, now)
    return end(booking, tenant, by, reason, now)


def check_not_started(booking: Booking, now: datetime) -> None:
    if booking.starts_at <= now:
        raise Conflict("This class has started, so its seat cannot be given back any more")
