"""Finding what ResMan's staff changed: ResMan sends no webhooks of its own, so we ask once a minute."""

import random
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from pydantic import ValidationError

from kernel import clock
from kernel.errors import InvalidInput, ResmanUnavailable
from kernel.telemetry import count, logger
from resman import availability, directory, store, updates
from resman.client import client
from resman.model import Tour
from resman.port import Appointment
from resman.property import Property

OVERLAP = timedelta(minutes=2)
"""Asked again each time, for changes that ResMan shows late; an update told twice has no effect."""
FIRST_LOOK = timedelta(days=1)
PROPERTIES_AT_ONCE = 8


def poll_all_properties() -> int:
    """Look at every property; one that fails does not stop the others. Returns how many were looked at."""
    with ThreadPoolExecutor(PROPERTIES_AT_ONCE) as pool:
        return sum(pool.map(_poll_safely, _in_any_order(directory.all_properties())))


def _in_any_order(properties: Iterable[Property]) -> list[Property]:
    """So that, should a minute be too short for all, it is not always the same ones that wait."""
    listed = list(properties)
    random.shuffle(listed)
    return listed


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
    """False if it could not be taken over this time and must be looked at again."""
    if appointment.tour_id is None:
        availability.invalidate_cache(property, property.local(appointment.starts_at).date())
        return True
    tour = store.load_tour(property.account_id, appointment.tour_id)
    return tour is None or _is_no_news(appointment, tour) or _taken_over(appointment, tour, property)


def _taken_over(appointment: Appointment, tour: Tour, property: Property) -> bool:
    try:
        updates.take_over(updates.update_of(appointment, tour), tour, property)
    except (InvalidInput, ValidationError):
        logger.exception("ResMan shows something that cannot be taken over", extra={"tour_id": tour.id})
        count("PollFailed")
    except Exception:  # noqa: BLE001 - the next look begins before it, so that it is not lost
        logger.exception("a change in ResMan was not taken over", extra={"tour_id": tour.id})
        return False
    return True


def _is_no_news(appointment: Appointment, tour: Tour) -> bool:
    """A stray event that the next push retires, or the echo of what we told while a newer change is on its way."""
    if appointment.event_id != tour.resman_event_id:
        return True
    seen = tour.resman_updated_at
    return bool(tour.awaits_sync and seen and appointment.modified_at and appointment.modified_at <= seen)
