"""Making ResMan hold what we hold. The same push serves a booking, a move and a cancellation.

A tour's `revision` rises with each change and `synced_revision` follows once ResMan has it, so a push can be
repeated by anybody at any time: it always tells the latest state, and finds what an earlier one left behind.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from kernel import clock
from kernel.errors import ResmanRejected, ResmanUnavailable, TemporarilyUnavailable
from kernel.outbox import Message
from kernel.queue import OVER_THREE_DAYS
from kernel.telemetry import count, logger
from resman import availability, directory, notices, store, updates
from resman.changes import commit_change
from resman.client import ChangedThere, client
from resman.diary import slot
from resman.mapping import map_chatbot_tour_to_resman
from resman.model import Tour, TourStatus
from resman.port import Booked
from resman.property import Property

WAITS = (
    *(timedelta(seconds=seconds) for seconds in (5, 10, 15, 20, 30, 30, 60, 60, 120, 300, 600)),
    *(timedelta(minutes=15),) * 15,
    *OVER_THREE_DAYS[3:],
)
"""Between attempts to reach ResMan: soon at first and often for four hours, because a prospect waits for it."""
GIVE_UP_AFTER = timedelta(hours=4)
"""How long a prospect may wait for a confirmation; a change of a confirmed tour is tried to the end."""
TRIES = 10
TOO_LATE = timedelta(minutes=30)
"""This close to its start an unconfirmed tour is given up."""


def push(tour: Tour, property: Property) -> Tour:
    """Tell ResMan until it has the latest revision. Raises `ResmanUnavailable` or `ResmanRejected`."""
    last_seen = tour.resman_updated_at
    for _ in range(3):
        try:
            tour = _record(tour, property, _tell(tour, property, last_seen))
        except ChangedThere as changed:
            updates.take_over(updates.update_of(changed.held, tour), tour, property)
            tour, last_seen = store.load_tour(tour.account_id, tour.id) or tour, changed.held.modified_at
        if not tour.awaits_sync:
            return tour
    raise ResmanUnavailable("ResMan and we changed this tour in turns; it is looked at again in a moment")


def push_now(tour: Tour, property: Property) -> Tour:
    """Push while the caller waits; what cannot be told now is left to the worker.

    Raises `ResmanRejected` where ResMan will not have the slot; the tour is then back in the one it had, or failed.
    """
    try:
        return push(tour, property)
    except ResmanUnavailable:
        count("ResmanUnavailable", during="push")
    except ResmanRejected as rejection:
        _report_rejection(tour, rejection)
        if tour.status is TourStatus.PENDING_SYNC:
            _give_up(tour, property)
            raise
    return store.load_tour(tour.account_id, tour.id) or tour


def retry_tour_booking(message: Message) -> None:
    """The worker's duty: see to it that ResMan has this tour, or that the prospect learns that it has not."""
    tour = store.load_tour(message.tenant, message.payload["tour_id"])
    property = directory.load_property(message.tenant, message.payload["property_id"])
    if tour is None or property is None or not tour.awaits_sync:
        return
    if tour.status is TourStatus.PENDING_SYNC:
        _retry_unconfirmed(tour, property, is_last=clock.now() - tour.slot_since > GIVE_UP_AFTER)
    else:
        push(tour, property)


def _tell(tour: Tour, property: Property, last_seen: datetime | None) -> Booked | None:
    """Of a tour it never confirmed ResMan is told only where it took it unnoticed: a guide would wait for nobody."""
    lead = map_chatbot_tour_to_resman(tour, property)
    if tour.is_final and tour.resman_event_id is None:
        return client().annul(property, lead)
    return client().update(property, lead, last_seen)


def _retry_unconfirmed(tour: Tour, property: Property, *, is_last: bool) -> None:
    if tour.starts_at - clock.now() < TOO_LATE or tour.type not in property.offers:
        return _apologise(tour, property)
    try:
        push(_in_a_free_lane(tour, property), property)
    except _SlotLost:
        _apologise(tour, property)
    except ResmanRejected as error:
        _report_rejection(tour, error)
        _apologise(tour, property)
    except ResmanUnavailable:
        if not is_last:
            raise
        _apologise(tour, property)


class _SlotLost(Exception):
    """While ResMan was out of reach, its staff gave the time away."""


def _in_a_free_lane(tour: Tour, property: Property) -> Tour:
    """The tour with somebody who is still free according to ResMan, which could not be asked when it was booked."""
    told = availability.fetch_from_resman(property, tour.day)
    lanes = availability.day_for(property, tour.day, told, own=tour).free_lanes(tour.starts_at, tour.type)
    if tour.lane in lanes:
        return tour
    if not lanes:
        raise _SlotLost
    now = clock.now()
    elsewhere = tour.moved(slot(property, tour.type, tour.starts_at, lanes[0], now), now)
    return commit_change(tour, elsewhere, property, sync_at=now)


def _apologise(tour: Tour, property: Property) -> None:
    free: list[datetime] = []
    if tour.type in property.offers:
        told = store.load_resman_day(property, tour.day)
        free = availability.alternatives(property, tour.starts_at, tour.type, told)
    _give_up(tour, property, free)


def _give_up(tour: Tour, property: Property, alternatives: Sequence[datetime] | None = None) -> None:
    """Back to the slot it had, or fail it; without `alternatives` the caller is told and no letter is owed."""
    logger.warning("tour could not be booked in ResMan", extra={"tour_id": tour.id})
    count("TourFailed")
    slot_is_lost = False
    for _ in range(TRIES):
        if tour.status is not TourStatus.PENDING_SYNC:
            return
        now = clock.now()
        after = tour.failed(now) if slot_is_lost else tour.given_up(now)
        owed = _letters(tour, after, property, alternatives)
        try:
            tour = commit_change(tour, after, property, sync_at=now, also_owed=owed)
        except store.ConditionFailed as failure:
            slot_is_lost = not failure.failed(updates.TOUR_ROW)
            tour = store.load_tour(tour.account_id, tour.id) or tour
    raise TemporarilyUnavailable(
        "This tour is being changed by many at once; try again in a moment", retry_after_seconds=2
    )


def _letters(before: Tour, after: Tour, property: Property, alternatives: Sequence[datetime] | None) -> list[Message]:
    """A caller who waits is told by the answer; but whoever counts on the former slot must learn that it is gone."""
    if after.status is TourStatus.CONFIRMED:
        return notices.kept(after, property) if alternatives is not None else []
    if before.moved_from:
        former = before.model_copy(update=dict(before.moved_from))
        return notices.lost(former, after, property, alternatives or ())
    return notices.failed(after, property, alternatives) if alternatives is not None else []


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
    told: dict[str, object] = {"synced_revision": max(tour.synced_revision, revision)}
    if booked:
        told |= {
            "resman_prospect_id": booked.prospect_id,
            "resman_event_id": booked.event_id,
            "resman_updated_at": booked.modified_at or clock.now(),
        }
    known = tour.model_copy(update=told)
    if tour.status is not TourStatus.PENDING_SYNC or tour.revision != revision:
        return known
    confirmed = known.confirmed(clock.now())
    return confirmed.model_copy(update={"synced_revision": confirmed.revision})


def _report_rejection(tour: Tour, error: ResmanRejected) -> None:
    logger.error("ResMan rejected a tour", extra={"tour_id": tour.id, "reason": error.message})
    count("ResmanRejected")
