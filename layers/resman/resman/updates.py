"""Taking over what ResMan says of a tour, whether its webhook tells, the poller finds it, or a push runs into it."""

from datetime import datetime
from typing import Any

from kernel import clock
from kernel.errors import NotFound, TemporarilyUnavailable
from kernel.telemetry import count, logger
from kernel.validation import parse
from resman import availability, directory, store
from resman.changes import commit_change
from resman.mapping import map_resman_status_to_chatbot
from resman.model import Tour, TourStatus
from resman.port import Appointment
from resman.property import Property, StaffMember, TourType
from resman.schemas import TourUpdateWebhook, UpdatedFields, WebhookReceipt

TRIES = 10
TOUR_ROW = 0
"""The position of the tour's own row in the commit of a change."""
LONGEST_STATUS, LONGEST_NOTE = 200, 2000


def handle_tour_status_update(update: TourUpdateWebhook) -> WebhookReceipt:
    """ResMan's webhook."""
    tour = store.find_tour(update.appointment_id)
    property = directory.load_property(tour.account_id, tour.property_id) if tour else None
    if tour is None or property is None:
        raise NotFound(f"There is no tour {update.appointment_id}")
    return WebhookReceipt(success=True, processed=take_over(update, tour, property))


def take_over(update: TourUpdateWebhook, tour: Tour, property: Property) -> bool:
    """Apply ResMan's word to the tour as it is now; True if it told anything new."""
    fields = parse(UpdatedFields, update.updated_fields)
    update = update.model_copy(update={"timestamp": min(update.timestamp, clock.now())})
    for _ in range(TRIES):
        if _is_old(update, tour):
            return False
        try:
            return _commit(tour, _as_resman_says(tour, property, update, fields), property)
        except store.ConditionFailed:
            tour = store.load_tour(tour.account_id, tour.id) or tour
    raise TemporarilyUnavailable(
        "This tour is being changed by many at once; send the update again", retry_after_seconds=5
    )


def update_of(appointment: Appointment, tour: Tour) -> TourUpdateWebhook:
    """An appointment as ResMan's webhook would have told of it; staff may type what no webhook would send."""
    fields: dict[str, Any] = {}
    if _minute(appointment.starts_at) not in {_minute(place.starts_at) for place in (tour, tour.moved_from) if place}:
        fields["rescheduled_datetime"] = appointment.starts_at.isoformat()
    if appointment.staff_notes and appointment.staff_notes != tour.resman_notes:
        fields["staff_notes"] = _printable(appointment.staff_notes)[:LONGEST_NOTE]
    return TourUpdateWebhook(
        appointment_id=tour.id,
        status=" ".join(appointment.status.split())[:LONGEST_STATUS],
        updated_fields=fields,
        staff_member=None if _is_former_guide(appointment, tour) else appointment.employee_id,
        timestamp=(appointment.modified_at or clock.now()).isoformat(),
    )


def _is_former_guide(appointment: Appointment, tour: Tour) -> bool:
    """ResMan still shows the guide of the slot that a move of ours, not yet taken there, began at."""
    former = tour.moved_from.staff if tour.moved_from else None
    return former is not None and former.id == appointment.employee_id


def _is_old(update: TourUpdateWebhook, tour: Tour) -> bool:
    """Older than what is stored, by whole seconds: ResMan's timestamps have no finer grain (INV-36).

    Once ResMan has our latest change, its own clock alone decides; before that, our change counts by ours.
    """
    stored = tour.resman_updated_at or tour.state_changed_at
    if tour.awaits_sync:
        stored = max(stored, tour.state_changed_at)
    old = update.timestamp < stored.replace(microsecond=0)
    if old:
        logger.info("ignored an old ResMan update", extra={"tour_id": tour.id, "told_at": clock.iso(update.timestamp)})
    return old


def _as_resman_says(tour: Tour, property: Property, update: TourUpdateWebhook, fields: UpdatedFields) -> Tour:
    """The tour after ResMan's word. Final states stay, unknown words are kept and change nothing (INV-36)."""
    status = map_resman_status_to_chatbot(update.status)
    if status is None:
        _report_unknown(tour, update)
    changed = tour.model_copy(update=_noted(update, fields, status))
    if tour.is_upcoming:
        changed = _at_resmans_time(changed, property, update, fields)
    if status in tour.next_statuses:
        changed = changed.with_status(status, "resman", update.timestamp)
    elif status and status is not tour.status and tour.is_final:
        logger.info("a final tour is not reopened", extra={"tour_id": tour.id, "resman_status": update.status})
    if fields.outcome and changed.is_over:
        changed = changed.model_copy(update={"outcome": fields.outcome})
    return changed


def _noted(update: TourUpdateWebhook, fields: UpdatedFields, status: TourStatus | None) -> dict[str, Any]:
    notes = {"staff_notes": fields.staff_notes, "resman_notes": fields.staff_notes}
    return {
        **(notes if fields.staff_notes is not None else {}),
        "resman_status": update.status if status is None else None,
        "resman_updated_at": update.timestamp,
    }


def _at_resmans_time(tour: Tour, property: Property, update: TourUpdateWebhook, fields: UpdatedFields) -> Tour:
    """Moved, or handed to a colleague, by ResMan's staff."""
    starts_at = _told_start(tour, property, fields)
    guide = _told_guide(tour, property, update)
    if starts_at == tour.starts_at and guide == tour.staff:
        return tour
    there = {"starts_at": starts_at, "day": property.local(starts_at).date(), "staff": guide}
    return tour.changed(
        **there,
        lane=guide.id if guide else _self_guided_lane(tour, property, starts_at),
        holds_slot=True,
        slot_since=update.timestamp,
        state_changed_at=update.timestamp,
    )


def _told_guide(tour: Tour, property: Property, update: TourUpdateWebhook) -> StaffMember | None:
    if tour.type is TourType.SELF_GUIDED:
        return None
    return next((one for one in property.staff if update.staff_member in (one.id, one.name)), tour.staff)


def _told_start(tour: Tour, property: Property, fields: UpdatedFields) -> datetime:
    told = fields.rescheduled_datetime
    if told is None:
        return tour.starts_at
    return told if told.tzinfo else told.replace(tzinfo=property.zone)


def _self_guided_lane(tour: Tour, property: Property, starts_at: datetime) -> str:
    """Any free place of the capacity; the one it has where there is none."""
    day = availability.day_for(property, property.local(starts_at).date(), None, own=tour)
    lanes = day.free_lanes(starts_at, tour.type) if tour.type in property.offers else []
    return tour.lane if tour.lane in lanes or not lanes else lanes[0]


def _commit(tour: Tour, changed: Tour, property: Property) -> bool:
    """Keep what ResMan says; what people or programs must learn of makes a new revision, which ResMan has already."""
    if changed == tour:
        return False
    if not _tells_anything(tour, changed):
        store.commit(store.changed_tour(tour, changed))
        return False
    if changed.revision == tour.revision:
        changed = changed.changed()
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


def _tells_anything(tour: Tour, changed: Tour) -> bool:
    bookkeeping = {"resman_updated_at": None}
    return tour.model_copy(update=bookkeeping) != changed.model_copy(update=bookkeeping)


def _report_unknown(tour: Tour, update: TourUpdateWebhook) -> None:
    logger.warning("unknown ResMan status", extra={"tour_id": tour.id, "resman_status": update.status})
    count("UnknownResmanStatus")


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable() or character == "\n")


def _minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)
