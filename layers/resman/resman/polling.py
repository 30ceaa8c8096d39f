"""Finding what ResMan's staff changed: ResMan sends no webhooks of its own, so we ask once a minute."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from kernel import clock
from kernel.errors import NotFound, ResmanUnavailable
from kernel.telemetry import count, logger
from resman import availability, store
from resman.client import client
from resman.model import Property, Tour
from resman.port import Appointment
from resman.schemas import TourUpdateWebhook
from resman.status import handle_tour_status_update

OVERLAP = timedelta(minutes=2)
"""Asked again each time, for changes that ResMan shows late; an update told twice has no effect."""
FIRST_LOOK = timedelta(days=1)
PROPERTIES_AT_ONCE = 8


def poll_all_properties() -> int:
    """Look at every property; one that fails does not stop the others. Returns how many were looked at."""
    with ThreadPoolExecutor(PROPERTIES_AT_ONCE) as pool:
        return sum(pool.map(_poll_safely, store.all_properties()))


def poll(property: Property) -> None:
    """Feed every change since the last look to the webhook's handler; what fails is looked at again."""
    started = clock.now()
    since = store.polled_until(property) or started - FIRST_LOOK
    seen_until = started
    for appointment in client().changes_since(property, since - OVERLAP):
        if not _hand_over(appointment, property):
            seen_until = min(seen_until, appointment.modified_at or since)
    store.save_poll_cursor(property, seen_until)


def _poll_safely(property: Property) -> int:
    try:
        poll(property)
    except ResmanUnavailable:
        count("ResmanUnavailable", during="poll")
        return 0
    except Exception:  # noqa: BLE001 - one property's trouble is not the others'
        logger.exception("polling failed", extra={"property_id": property.id})
        count("PollFailed")
        return 0
    return 1


def _hand_over(appointment: Appointment, property: Property) -> bool:
    if appointment.tour_id is None:
        availability.invalidate_cache(property, property.local(appointment.starts_at).date())
        return True
    tour = store.load_tour(property.account_id, appointment.tour_id)
    if tour is None or _is_no_news(appointment, tour):
        return True
    return _handled(update_of(appointment, tour))


def _handled(update: TourUpdateWebhook) -> bool:
    try:
        handle_tour_status_update(update)
    except NotFound:
        return True
    except Exception:  # noqa: BLE001 - the next look begins before it, so that it is not lost
        logger.exception("a change in ResMan was not taken over", extra={"tour_id": update.appointment_id})
        return False
    return True


def update_of(appointment: Appointment, tour: Tour) -> TourUpdateWebhook:
    """An appointment as the webhook would have told of it."""
    fields: dict[str, Any] = {}
    if _minute(appointment.starts_at) != _minute(tour.starts_at):
        fields["rescheduled_datetime"] = appointment.starts_at.isoformat()
    if appointment.staff_notes and appointment.staff_notes != tour.resman_notes:
        fields["staff_notes"] = appointment.staff_notes
    return TourUpdateWebhook(
        appointment_id=tour.id,
        status=appointment.status,
        updated_fields=fields,
        staff_member=appointment.employee_id,
        timestamp=(appointment.modified_at or clock.now()).isoformat(),
    )


def _is_no_news(appointment: Appointment, tour: Tour) -> bool:
    """A stray second event that the next push retires, or what we said before while our latest change is on its way."""
    return tour.awaits_sync or appointment.event_id != tour.resman_event_id


def _minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)
