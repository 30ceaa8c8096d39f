"""The Tour Status Update Service: changes that clients ask for, and changes that ResMan tells of."""

from dataclasses import dataclass
from datetime import datetime

from kernel import clock
from kernel.errors import Conflict, IllegalStatusChange, NotFound, ResmanUnavailable, TemporarilyUnavailable
from kernel.telemetry import count, logger
from kernel.validation import parse
from resman import availability, failures, store, sync
from resman.callers import ClientAccount
from resman.changes import INLINE_HEAD_START, commit_change
from resman.diary import requested_start
from resman.mapping import map_resman_status_to_chatbot
from resman.model import Outcome, Property, Tour, TourStatus
from resman.schemas import TourUpdateWebhook, UpdatedFields, UpdateTourRequest, WebhookReceipt
from resman.store import ResmanDay

TRIES = 10
TOUR_ROW = 0
"""The position of the tour's own row in the commit of a change."""


@dataclass(frozen=True)
class Change:
    """What somebody wants of a tour; None leaves a thing as it is."""

    status: TourStatus | None = None
    starts_at: datetime | None = None
    staff_notes: str | None = None
    outcome: Outcome | None = None


def update_tour(request: UpdateTourRequest, appointment_id: str, caller: ClientAccount) -> tuple[Tour, Property]:
    """Carry out a client's change and tell ResMan, now or as soon as it answers."""
    tour, property = caller.tour(appointment_id)
    change = Change(
        status=TourStatus(request.status) if request.status else None,
        starts_at=_requested_start(request, tour, property),
        staff_notes=request.staff_notes,
        outcome=request.outcome,
    )
    changed = update_tour_status(tour, property, change)
    return (sync.push_now(changed, property) if changed.awaits_sync else changed), property


def update_tour_status(tour: Tour, property: Property, change: Change) -> Tour:
    """Apply a change to the tour as it is now, however many others change it at the same moment."""
    told = _ask_resman(change, property)
    for _ in range(TRIES):
        changed = _changed(tour, property, change, told)
        if changed == tour:
            return tour
        try:
            return commit_change(tour, changed, property, sync_at=clock.now() + INLINE_HEAD_START)
        except store.ConditionFailed:
            tour = store.load_tour(tour.account_id, tour.id) or tour
    raise TemporarilyUnavailable(
        "This tour is being changed by many at once; try again in a moment", retry_after_seconds=2
    )


def handle_tour_status_update(update: TourUpdateWebhook) -> WebhookReceipt:
    """What ResMan says of an appointment, by webhook or found by the poller."""
    tour = store.find_tour(update.appointment_id)
    property = store.load_property(tour.account_id, tour.property_id) if tour else None
    if tour is None or property is None:
        raise NotFound(f"There is no tour {update.appointment_id}")
    fields = parse(UpdatedFields, update.updated_fields)
    update = update.model_copy(update={"timestamp": min(update.timestamp, clock.now())})
    for _ in range(TRIES):
        if _is_old(update, tour):
            return WebhookReceipt(success=True, processed=False)
        changed = _as_resman_says(tour, property, update, fields)
        try:
            return WebhookReceipt(success=True, processed=_commit_resmans_change(tour, changed, property))
        except store.ConditionFailed:
            tour = store.load_tour(tour.account_id, tour.id) or tour
    raise TemporarilyUnavailable(
        "This tour is being changed by many at once; send the update again", retry_after_seconds=5
    )


def _requested_start(request: UpdateTourRequest, tour: Tour, property: Property) -> datetime | None:
    wanted = request.rescheduled_datetime
    if wanted is None:
        return None
    local = property.local(wanted) if wanted.tzinfo else wanted
    if property.local(tour.starts_at).replace(tzinfo=None) == local.replace(tzinfo=None):
        return tour.starts_at
    availability.check_offered(property, tour.type)
    return requested_start(property, local.date(), local.time(), tour.type, clock.now(), field="rescheduled_datetime")


def _ask_resman(change: Change, property: Property) -> ResmanDay | None:
    if change.starts_at is None:
        return None
    day = property.local(change.starts_at).date()
    try:
        return availability.fetch_from_resman(property, day)
    except ResmanUnavailable:
        return store.load_resman_day(property, day)


def _changed(tour: Tour, property: Property, change: Change, told: ResmanDay | None) -> Tour:
    now = clock.now()
    changed = tour
    if change.starts_at and change.starts_at != tour.starts_at:
        changed = _moved(changed, property, change.starts_at, told, now)
    if change.status:
        changed = changed.with_status(change.status, "client", now)
    if change.staff_notes is not None and change.staff_notes != changed.staff_notes:
        changed = changed.changed(staff_notes=change.staff_notes)
    if change.outcome and change.outcome is not changed.outcome:
        changed = _with_outcome(changed, change.outcome)
    return changed


def _with_outcome(tour: Tour, outcome: Outcome) -> Tour:
    if not tour.is_over:
        raise Conflict(
            f"A {tour.status} tour has no outcome yet; set status to completed or no_show first or in the same request",
            {"status": tour.status, "allowed": [str(status) for status in tour.next_statuses]},
        )
    return tour.changed(outcome=outcome)


def _moved(tour: Tour, property: Property, starts_at: datetime, told: ResmanDay | None, now: datetime) -> Tour:
    """The tour at another time, with its guide where they are free."""
    if tour.is_final:
        raise IllegalStatusChange(
            f"A {tour.status} tour cannot be moved; book a new one", {"status": tour.status, "allowed": []}
        )
    date = property.local(starts_at).date()
    lanes = availability.day_for(property, date, told, own=tour).free_lanes(starts_at, tour.type)
    if not lanes:
        free = availability.alternatives(property, starts_at, tour.type, told)
        following = None if free else availability.next_available_date(property, date, tour.type)
        failures.handle_booking_error(property, starts_at, free, following.isoformat() if following else None)
    lane = tour.lane if tour.lane in lanes else lanes[0]
    return tour.changed(
        starts_at=starts_at, lane=lane, staff=property.staff_member(lane), holds_slot=True, state_changed_at=now
    )


def _is_old(update: TourUpdateWebhook, tour: Tour) -> bool:
    """Older than what is stored, by whole seconds: ResMan's timestamps have no finer grain (INV-36)."""
    stored = max(tour.state_changed_at, tour.resman_updated_at or tour.state_changed_at)
    old = update.timestamp < stored.replace(microsecond=0)
    if old:
        logger.info("ignored an old ResMan update", extra={"tour_id": tour.id, "told_at": clock.iso(update.timestamp)})
    return old


def _as_resman_says(tour: Tour, property: Property, update: TourUpdateWebhook, fields: UpdatedFields) -> Tour:
    """The tour after ResMan's word. Final states stay, unknown words are kept and change nothing (INV-36)."""
    status = map_resman_status_to_chatbot(update.status)
    if status is None:
        _report_unknown(tour, update)
    noted = {
        **(
            {}
            if fields.staff_notes is None
            else {"staff_notes": fields.staff_notes, "resman_notes": fields.staff_notes}
        ),
        "resman_status": update.status if status is None else None,
        "resman_updated_at": update.timestamp,
    }
    changed = tour.model_copy(update=noted)
    if tour.is_upcoming:
        changed = _at_resmans_time(changed, property, update, fields)
    if status in tour.next_statuses:
        changed = changed.with_status(status, "resman", update.timestamp)
    elif status and status is not tour.status and tour.is_final:
        logger.info("a final tour is not reopened", extra={"tour_id": tour.id, "resman_status": update.status})
    if fields.outcome and changed.is_over:
        changed = changed.model_copy(update={"outcome": fields.outcome})
    return changed


def _at_resmans_time(tour: Tour, property: Property, update: TourUpdateWebhook, fields: UpdatedFields) -> Tour:
    """Moved, or handed to a colleague, by ResMan's staff."""
    starts_at = tour.starts_at
    if fields.rescheduled_datetime:
        told = fields.rescheduled_datetime
        starts_at = told if told.tzinfo else told.replace(tzinfo=property.zone)
    guide = next((member for member in property.staff if update.staff_member in (member.id, member.name)), tour.staff)
    if starts_at == tour.starts_at and guide == tour.staff:
        return tour
    lane = guide.id if guide else tour.lane
    return tour.changed(starts_at=starts_at, staff=guide, lane=lane, holds_slot=True, state_changed_at=update.timestamp)


def _commit_resmans_change(tour: Tour, changed: Tour, property: Property) -> bool:
    """Keep what ResMan says; True if it told anything new."""
    if changed == tour:
        return False
    if not _differs(tour, changed):
        store.commit(store.changed_tour(tour, changed))
        return False
    if not tour.awaits_sync:
        changed = changed.model_copy(update={"synced_revision": changed.revision})
    try:
        commit_change(tour, changed, property, sync_at=None)
    except store.ConditionFailed as failure:
        if failure.failed(TOUR_ROW) or not changed.takes_other_time_than(tour):
            raise
        _commit_without_slot(tour, changed, property)
    return True


def _commit_without_slot(tour: Tour, changed: Tour, property: Property) -> None:
    """ResMan moved the tour onto time that is taken: ResMan decides, people must look."""
    logger.error("ResMan moved a tour onto taken time", extra={"tour_id": tour.id})
    count("DoubleBookedByResman")
    commit_change(tour, changed.model_copy(update={"holds_slot": False}), property, sync_at=None)


def _differs(tour: Tour, changed: Tour) -> bool:
    bookkeeping = {"resman_updated_at": None}
    return tour.model_copy(update=bookkeeping) != changed.model_copy(update=bookkeeping)


def _report_unknown(tour: Tour, update: TourUpdateWebhook) -> None:
    logger.warning("unknown ResMan status", extra={"tour_id": tour.id, "resman_status": update.status})
    count("UnknownResmanStatus")
