"""The Tour Booking Service: keep the slot, book it in ResMan, tell everybody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from kernel import clock, ids
from kernel.errors import TemporarilyUnavailable
from resman import availability, store, sync
from resman.callers import ClientAccount
from resman.changes import INLINE_HEAD_START, commit_change, commit_new
from resman.diary import requested_start, slot
from resman.model import Prospect, Slot, Tour, TourStatus
from resman.property import Property
from resman.schemas import BookTourRequest, TourData
from resman.store import ResmanDay

TRIES = 20
"""Each lost race shows a different diary, so more than a few are a sign of trouble."""


@dataclass(frozen=True)
class Wish:
    """A request that can be fulfilled as far as the calendar goes; whether the slot is free is another matter."""

    request_id: str
    account_id: str
    conversation_id: str
    data: TourData
    property: Property
    starts_at: datetime
    told: ResmanDay | None
    """What ResMan holds on that day, if anything is known."""
    resman_answers: bool


def book_tour(
    request: BookTourRequest, caller: ClientAccount, idempotency_key: str | None = None
) -> tuple[Tour, Property]:
    """A confirmed tour, or one that is kept while ResMan is out of reach.

    A prospect's upcoming tour at the property is moved rather than doubled. Raises `SlotUnavailable` with
    alternatives, `ResmanRejected` if ResMan will not have it.
    """
    property = caller.property(request.tour_data.property_id)
    request_id = ids.new("tour")
    if idempotency_key:
        derived = ids.derived("tour", caller.account_id, idempotency_key, request.model_dump_json())
        earlier = store.load_tour(caller.account_id, derived)
        if earlier and earlier.is_upcoming:  # an earlier try died before answering (INV-10)
            return earlier, property
        request_id = request_id if earlier else derived
    wish = _wish(request, caller, property, request_id)
    tour = _keep(wish)
    return (sync.push_now(tour, property) if wish.resman_answers else tour), property


def _wish(request: BookTourRequest, caller: ClientAccount, property: Property, request_id: str) -> Wish:
    data = request.tour_data
    availability.check_offered(property, data.tour_type)
    starts_at = requested_start(
        property,
        data.preferred_date,
        data.preferred_time,
        data.tour_type,
        clock.now(),
        field="tour_data.preferred_time",
    )
    told, answers = availability.ask_for_booking(property, starts_at)
    return Wish(request_id, caller.account_id, request.conversation_id, data, property, starts_at, told, answers)


def _keep(wish: Wish) -> Tour:
    """Claim a free lane and keep the tour in it, in one commit; look again if somebody else was quicker."""
    email = wish.data.prospect_email
    for _ in range(TRIES):
        last = store.last_tour_of(wish.property, email)
        existing = _upcoming(wish, last)
        if existing and existing.booked_by_request == wish.request_id:
            return existing
        lane = _lane(wish, existing)
        try:
            return _move(existing, wish, lane) if existing else _create(wish, lane, last)
        except store.ConditionFailed:
            continue
    raise TemporarilyUnavailable(
        "Too many people book this property right now; try again in a moment", retry_after_seconds=2
    )


def _upcoming(wish: Wish, last: str | None) -> Tour | None:
    tour = store.load_tour(wish.account_id, last) if last else None
    return tour if tour and tour.is_upcoming and tour.starts_at > clock.now() else None


def _lane(wish: Wish, existing: Tour | None) -> str:
    """Who would give the tour, or a refusal with alternatives."""
    if existing and (existing.starts_at, existing.type) == (wish.starts_at, wish.data.tour_type):
        _refuse(wish, held_by=existing)
    date = wish.property.local(wish.starts_at).date()
    day = availability.day_for(wish.property, date, wish.told, own=existing)
    lanes = day.free_lanes(wish.starts_at, wish.data.tour_type)
    return lanes[0] if lanes else _refuse(wish)


def _refuse(wish: Wish, held_by: Tour | None = None) -> NoReturn:
    availability.refuse(wish.property, wish.starts_at, wish.data.tour_type, wish.told, held_by=held_by)


def _create(wish: Wish, lane: str, last: str | None) -> Tour:
    now = clock.now()
    tour = Tour(
        id=wish.request_id,
        account_id=wish.account_id,
        property_id=wish.property.id,
        status=TourStatus.PENDING_SYNC,
        created_at=now,
        state_changed_at=now,
        **dict(_slot(wish, lane, now)),
        **_wished(wish),
    )
    commit_new(tour, wish.property, last, sync_at=_sync_at(wish, now))
    return tour


def _move(existing: Tour, wish: Wish, lane: str) -> Tour:
    now = clock.now()
    moved = existing.moved(_slot(wish, lane, now), now, **_wished(wish))
    return commit_change(existing, moved, wish.property, sync_at=_sync_at(wish, now))


def _slot(wish: Wish, lane: str, now: datetime) -> Slot:
    return slot(wish.property, wish.data.tour_type, wish.starts_at, lane, now)


def _wished(wish: Wish) -> dict[str, Any]:
    data = wish.data
    return {
        "booked_by_request": wish.request_id,
        "conversation_id": wish.conversation_id,
        "prospect": Prospect(
            name=data.prospect_name,
            email=data.prospect_email,
            phone=data.prospect_phone,
            sms_consent=data.sms_consent,
        ),
        "unit_preferences": tuple(data.unit_preferences),
        "special_requests": data.special_requests,
    }


def _sync_at(wish: Wish, now: datetime) -> datetime:
    return now + INLINE_HEAD_START if wish.resman_answers else now
