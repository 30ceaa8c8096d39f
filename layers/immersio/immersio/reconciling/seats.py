"""Seats: each occurrence's row is compared with its bookings, looked at again if it seems wrong, and set right.

Nothing is locked, and whoever books meanwhile loses nothing: a claim that is taken away must be as it was read, a
counter is changed by what it is wrong by, and a booking whose seat was lost gets one as any other does: claimed, and
then settled by what its row says.
"""

from datetime import datetime

from immersio.booking.settling import settle
from immersio.reconciling import duties, store
from immersio.reconciling.comparing import Bookings, Look, compare
from immersio.reconciling.model import SeatDrift
from immersio.seat import store as seats
from immersio.seat.model import Occupancy, Place
from immersio.seat.service import LONGEST_COMMIT
from immersio.waitlist import duties as waitlist
from immersio.workshop import store as workshops
from kernel import clock
from kernel.errors import TemporarilyUnavailable, WorkshopNotFound
from kernel.outbox import Message
from kernel.telemetry import count, logger

ROWS = 2_000
"""So many are read in good time; the rest is another message's."""
LOOKS = 5
"""What is different at each of so many is left to the next day's run."""


def reconcile_workshops(message: Message) -> None:
    """Look at the occurrences of some workshops as far as there is time, and hand the rest over."""
    tenant_id, workshop_ids, left = int(message.tenant), message.payload["workshop_ids"], ROWS
    since, from_ = (datetime.fromisoformat(message.payload[name]) for name in ("since", "from"))
    for position, workshop_id in enumerate(workshop_ids):
        capacity = _capacity(tenant_id, workshop_id)
        for place, occupancy, known in store.occurrences(tenant_id, workshop_id, from_):
            if left <= 0:
                store.send([duties.of_seats(tenant_id, workshop_ids[position:], since, place.starts_at)])
                return
            left -= 1 + len(known)
            unknown = store.load_bookings(tenant_id, occupancy.claims.keys() - known.keys())
            look = compare(place, occupancy, {**known, **unknown}, capacity, clock.now())
            _look_again_at(place, _settled(place, look), 1)
            _offer_to_who_waits(place, occupancy)
        from_ = since
    logger.info("seats are compared", extra={"tenant_id": tenant_id, "workshops": len(workshop_ids)})


def reconcile_occurrence(message: Message) -> None:
    """Look again at what seemed wrong. Only what is wrong in the same way is drift."""
    place, told = duties.place_of(message), message.payload
    occupancy = seats.load_occupancy(place)
    uids = occupancy.claims.keys() | store.bookings_at(place).keys()
    bookings = store.load_bookings(place.tenant_id, uids)
    look = compare(place, occupancy, bookings, _capacity(place.tenant_id, place.workshop_id), clock.now())
    drift = _settled(place, look)
    if drift == SeatDrift.model_validate(told["seen"]):
        _report(place, drift)
        _repair(place, look, bookings)
    elif told["looks"] < LOOKS:
        _look_again_at(place, drift, told["looks"] + 1)
    else:
        logger.warning("an occurrence never stood still; it is left for tomorrow", extra=_names(place))
    _offer_to_who_waits(place, occupancy)


def _capacity(tenant_id: int, workshop_id: int) -> int:
    workshop = workshops.load_workshop(tenant_id, workshop_id)
    if workshop is None:
        raise WorkshopNotFound("This workshop does not exist any more")
    return workshop.seats


def _settled(place: Place, look: Look) -> SeatDrift:
    """What is left when everything is settled that somebody died over."""
    for uid in look.behind:
        logger.info("a claim is settled that was behind its booking", extra={**_names(place), "uid": uid})
        settle(place, uid)
    return look.drift


def _look_again_at(place: Place, drift: SeatDrift, looks: int) -> None:
    if drift != SeatDrift():
        store.send([duties.of_occurrence(place, drift, looks)])


def _offer_to_who_waits(place: Place, found: Occupancy) -> None:
    """A seat that is free again by our doing has no other message, and the mark keeps everybody else from it."""
    if found.waiting:
        store.send([waitlist.look_at(place, clock.now())])


def _report(place: Place, drift: SeatDrift) -> None:
    """Counters do not drift by themselves: somebody has to look why."""
    logger.error(
        "seats have drifted from their bookings", extra={**_names(place), **drift.model_dump(exclude_defaults=True)}
    )
    count("SeatsDrifted")


def _repair(place: Place, look: Look, bookings: Bookings) -> None:
    """First what no booking needs is taken away, then each booking gets what it is due."""
    if not seats.mend(place, look.found, look.right):
        raise TemporarilyUnavailable("The class was booked in the same moment; it is looked at again")
    for uid in look.drift.unseated:
        seats.restore(place, uid, bookings[uid].attendee.email, clock.now() + LONGEST_COMMIT)
        settle(place, uid)
    for uid in look.drift.overdue:
        settle(place, uid)


def _names(place: Place) -> dict[str, object]:
    return {
        "tenant_id": place.tenant_id,
        "workshop_id": place.workshop_id,
        "starts_at": clock.iso(place.starts_at),
    }
