"""The Tour Status Update Service: changes that clients ask for. What ResMan tells of is in `resman.updates`."""

from dataclasses import dataclass
from datetime import datetime

from kernel import clock
from kernel.errors import Conflict, IllegalStatusChange, TemporarilyUnavailable
from resman import availability, store, sync
from resman.callers import ClientAccount
from resman.changes import INLINE_HEAD_START, commit_change
from resman.diary import requested_start, slot
from resman.model import Outcome, Tour, TourStatus
from resman.property import Property
from resman.schemas import UpdateTourRequest
from resman.store import ResmanDay

TRIES = 10


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
    told, _ = availability.ask_for_booking(property, change.starts_at) if change.starts_at else (None, False)
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


def _requested_start(request: UpdateTourRequest, tour: Tour, property: Property) -> datetime | None:
    wanted = request.rescheduled_datetime
    if wanted is None:
        return None
    local = property.local(wanted) if wanted.tzinfo else wanted
    if property.local(tour.starts_at).replace(tzinfo=None) == local.replace(tzinfo=None):
        return tour.starts_at
    availability.check_offered(property, tour.type)
    return requested_start(property, local.date(), local.time(), tour.type, clock.now(), field="rescheduled_datetime")


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
        availability.refuse(property, starts_at, tour.type, told)
    lane = tour.lane if tour.lane in lanes else lanes[0]
    return tour.moved(slot(property, tour.type, starts_at, lane, now), now)
