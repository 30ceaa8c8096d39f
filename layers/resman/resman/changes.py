"""How a tour changes: the row, the diary, the counters and all that is owed to others, in one commit."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from kernel import clock, outbox, table
from kernel.outbox import Message
from resman import counters, notices, store
from resman.model import Tour, TourStatus
from resman.property import Property
from resman.schemas import ConversationContext, TourUpdated
from resman.views import confirmation_details

INLINE_HEAD_START = timedelta(seconds=30)
"""The request that made a change tells ResMan itself; its duty comes due when that request must have ended."""


def commit_new(tour: Tour, property: Property, last: str | None, *, sync_at: datetime) -> None:
    """Keep a tour and its slot. Confirmation, and the word of it, comes when ResMan has taken it."""
    store.commit(
        store.new_tour(tour),
        store.claim(tour),
        store.remember_prospect(tour, last),
        store.count(property, counters.of_booking(tour, property, tour.created_at), tour.created_at),
        store.drop_resman_day(property, tour.day),
        *store.messages([_sync_duty(tour, sync_at), *update_conversation_context(tour, property)]),
    )


def commit_change(
    before: Tour,
    after: Tour,
    property: Property,
    *,
    sync_at: datetime | None,
    also_owed: Sequence[Message] = (),
) -> Tour:
    """The tour as it is stored now.

    Raises `ConditionFailed`, with nothing written, if the tour has changed since or its new slot is taken.
    `sync_at` is when a worker looks whether ResMan knows; None where the change came from there.
    """
    owed = [
        *_notices(before, after, property),
        *also_owed,
        *update_conversation_context(after, property),
        *([_sync_duty(after, sync_at)] if sync_at else []),
    ]
    store.commit(
        store.changed_tour(before, after),
        *_claims(before, after),
        *_counts(counters.of_change(before, after, property), property),
        *_dropped_days(before, after, property),
        *store.messages(owed),
    )
    return after.succeeding(before)


def update_conversation_context(tour: Tour, property: Property) -> list[Message]:
    """What the chatbot's conversation should now know; pushed to its callback by a worker, signed."""
    return [
        outbox.message(
            tenant=tour.account_id,
            queue="resman-webhooks",
            kind=TourUpdated.EVENT,
            payload=_told(tour, property).model_dump(mode="json", exclude_unset=True),
            sequence=tour.revision,
        )
    ]


def _told(tour: Tour, property: Property) -> TourUpdated:
    return TourUpdated(conversation_id=tour.conversation_id, context=conversation_context(tour, property))


def conversation_context(tour: Tour, property: Property) -> ConversationContext:
    return ConversationContext(
        appointment_id=tour.id,
        property_id=property.id,
        property_name=property.name,
        status=tour.status,
        tour_type=tour.type,
        tour_datetime=property.local(tour.starts_at).isoformat(),
        staff_member=tour.staff_name,
        outcome=tour.outcome,
        resman_status=tour.resman_status,
        can_become=list(tour.next_statuses),
        confirmation_details=confirmation_details(tour, property),
    )


def _sync_duty(tour: Tour, due_at: datetime) -> Message:
    return outbox.message(
        tenant=tour.account_id,
        queue="resman-sync",
        kind="sync_tour",
        payload={"property_id": tour.property_id, "tour_id": tour.id},
        due_at=due_at,
        sequence=tour.revision,
    )


def _notices(before: Tour, after: Tour, property: Property) -> list[Message]:
    """What people must learn of a change; a slot that ResMan has not confirmed was promised to nobody."""
    if after.status is TourStatus.CONFIRMED:
        return _notices_of_slot(before, after, property)
    if before.status is after.status or not before.is_promised:
        return []
    match after.status:
        case TourStatus.CANCELLED:
            return notices.cancelled(after, property)
        case TourStatus.COMPLETED:
            return notices.completed(after, property)
        case TourStatus.NO_SHOW:
            return notices.missed(after, property)
        case _:
            return []


def _notices_of_slot(before: Tour, after: Tour, property: Property) -> list[Message]:
    if before.moved_from:
        return notices.rescheduled(before.model_copy(update=dict(before.moved_from)), after, property)
    if before.status is TourStatus.CONFIRMED:
        return notices.rescheduled(before, after, property)
    return notices.booked(after, property)


def _claims(before: Tour, after: Tour) -> list[table.Action]:
    now = clock.now()
    if after.is_final or not after.holds_slot:
        return store.release(before, now) if before.is_upcoming else []
    return store.move_claim(before, after, now) if after.takes_other_time_than(before) else []


def _counts(counted: Counter[str], property: Property) -> list[table.Action]:
    return [store.count(property, counted, clock.now())] if counted else []


def _dropped_days(before: Tour, after: Tour, property: Property) -> Iterator[table.Action]:
    if before.status is after.status and not after.takes_other_time_than(before):
        return
    for day in {before.day, after.day}:
        yield store.drop_resman_day(property, day)
