"""Making ResMan hold what we hold. The same push serves a booking, a move and a cancellation.

A tour's `revision` rises with each change and `synced_revision` follows once ResMan has it, so a push can be
repeated by anybody at any time: it always tells the latest state, and finds what an earlier one left behind.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from kernel import clock
from kernel.errors import ResmanRejected, ResmanUnavailable
from kernel.outbox import Message
from kernel.telemetry import count, logger
from resman import availability, notices, store
from resman.changes import commit_change
from resman.client import client
from resman.mapping import map_chatbot_tour_to_resman
from resman.model import Property, Tour, TourStatus
from resman.port import Booked

WAITS = tuple(timedelta(seconds=seconds) for seconds in (5, 10, 15, 20, 30, 30, 60, 60, 120, 300, 600, *(900,) * 14))
"""Between attempts to reach ResMan, about four hours in all: a prospect must know well before the tour."""
TOO_LATE = timedelta(minutes=30)
"""This close to its start an unconfirmed tour is apologised for."""


def push(tour: Tour, property: Property) -> Tour:
    """Tell ResMan until it has the latest revision. Raises `ResmanUnavailable` or `ResmanRejected`."""
    for _ in range(3):
        tour = _record(tour, property, _tell(tour, property))
        if not tour.awaits_sync:
            break
    return tour


def _tell(tour: Tour, property: Property) -> Booked | None:
    """ResMan is told of a failed tour only where it took it unnoticed: a guide would wait for nobody."""
    lead = map_chatbot_tour_to_resman(tour, property)
    if tour.status is TourStatus.FAILED:
        return client().annul(property, lead)
    return client().update(property, lead)


def push_now(tour: Tour, property: Property) -> Tour:
    """Push while the caller waits; what cannot be told now is left to the worker."""
    try:
        return push(tour, property)
    except ResmanUnavailable:
        count("ResmanUnavailable", during="push")
    except ResmanRejected as error:
        _report_rejection(tour, error)
    return store.load_tour(tour.account_id, tour.id) or tour


def retry_tour_booking(message: Message) -> None:
    """The worker's duty: see to it that ResMan has this tour, or that the prospect gets an apology."""
    tour = store.load_tour(message.tenant, message.payload["tour_id"])
    property = store.load_property(message.tenant, message.payload["property_id"])
    if tour is None or property is None or not tour.awaits_sync:
        return
    if tour.status is TourStatus.PENDING_SYNC:
        _retry_unconfirmed(tour, property, is_last=message.attempts >= len(WAITS))
    else:
        push(tour, property)


def withdraw(tour: Tour, property: Property, rejection: ResmanRejected) -> None:
    """ResMan said no while the caller waits: free the slot; the caller is told, so no letter is owed."""
    _report_rejection(tour, rejection)
    _fail(tour, property, None)


def _give_up(tour: Tour, property: Property) -> None:
    """Apologise with other times, and free the slot."""
    current = store.load_tour(tour.account_id, tour.id) or tour
    if current.status is not TourStatus.PENDING_SYNC:
        return
    told = store.load_resman_day(property, property.local(tour.starts_at).date())
    free = availability.alternatives(property, tour.starts_at, tour.type, told)
    _fail(current, property, free)


def _fail(tour: Tour, property: Property, free: Sequence[datetime] | None) -> None:
    logger.warning("tour could not be booked in ResMan", extra={"tour_id": tour.id})
    count("TourFailed")
    now = clock.now()
    failed = tour.changed(status=TourStatus.FAILED, state_changed_at=now)
    apology = [] if free is None else notices.failed(failed, property, free)
    commit_change(tour, failed, property, sync_at=now, also_owed=apology)


def _retry_unconfirmed(tour: Tour, property: Property, *, is_last: bool) -> None:
    if tour.starts_at - clock.now() < TOO_LATE:
        return _give_up(tour, property)
    try:
        push(_in_a_free_lane(tour, property), property)
    except _SlotLost:
        _give_up(tour, property)
    except ResmanRejected as error:
        _report_rejection(tour, error)
        _give_up(tour, property)
    except ResmanUnavailable:
        if not is_last:
            raise
        _give_up(tour, property)


class _SlotLost(Exception):
    """While ResMan was out of reach, its staff gave the time away."""


def _in_a_free_lane(tour: Tour, property: Property) -> Tour:
    """The tour with somebody who is still free according to ResMan, which could not be asked when it was booked."""
    day = property.local(tour.starts_at).date()
    told = availability.fetch_from_resman(property, day)
    lanes = availability.day_for(property, day, told, own=tour).free_lanes(tour.starts_at, tour.type)
    if tour.lane in lanes:
        return tour
    if not lanes:
        raise _SlotLost
    moved = tour.changed(lane=lanes[0], staff=property.staff_member(lanes[0]), state_changed_at=clock.now())
    return commit_change(tour, moved, property, sync_at=clock.now())


def _record(pushed: Tour, property: Property, booked: Booked | None) -> Tour:
    """Note that ResMan has this revision, on top of whatever happened to the tour meanwhile."""
    current = pushed
    while True:
        after = _with_resman_ids(current, pushed.revision, booked)
        try:
            if after.status is not current.status:
                return commit_change(current, after, property, sync_at=None)
            store.commit(store.changed_tour(current, after))
            return after.succeeding(current)
        except store.ConditionFailed:
            current = store.load_tour(pushed.account_id, pushed.id) or current
            if current.synced_revision >= pushed.revision:
                return current


def _with_resman_ids(tour: Tour, revision: int, booked: Booked | None) -> Tour:
    known = {
        "resman_prospect_id": booked.prospect_id if booked else None,
        "resman_event_id": booked.event_id if booked else None,
        "synced_revision": max(tour.synced_revision, revision),
        "resman_updated_at": clock.now(),
    }
    if tour.status is not TourStatus.PENDING_SYNC or tour.revision != revision:
        return tour.model_copy(update=known)
    confirmed = tour.changed(status=TourStatus.CONFIRMED, state_changed_at=clock.now(), **known)
    return confirmed.model_copy(update={"synced_revision": confirmed.revision})


def _report_rejection(tour: Tour, error: ResmanRejected) -> None:
    logger.error("ResMan rejected a tour", extra={"tour_id": tour.id, "reason": error.message})
    count("ResmanRejected")
