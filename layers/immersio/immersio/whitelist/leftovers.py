"""Generations that are no list: replaced ones, and what a crash left half-written."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from immersio.whitelist import store
from immersio.whitelist.model import Generation
from kernel import clock, table
from kernel.errors import TemporarilyUnavailable
from kernel.fields import normalised_email
from kernel.telemetry import logger

GRACE = timedelta(minutes=15)
"""Longer than any function runs: who is writing a generation, or counts what was on it, is left to finish."""
MOST_AT_ONCE = 6000
"""So many entries are deleted in one request, more than one call can list; the rest waits for a later change."""


def clear(tenant_id: int, workshop_id: int, older_than: datetime | None = None) -> None:
    """Delete all that has not been the list, or about to become it, for a while."""
    until = older_than or clock.now() - GRACE
    current = store.current_number(tenant_id, workshop_id)
    for generation in store.load_generations(tenant_id, workshop_id):
        if generation.number != current and generation.since <= until:
            discard(generation)


def discard(generation: Generation) -> None:
    """Delete a generation that is no list any more. If this fails its row stays, and it is tried again later."""
    try:
        store.commit(*store.condemned(generation))
        _delete(generation)
    except store.ConditionFailed:
        return  # somebody else has deleted it
    except TemporarilyUnavailable:
        logger.warning("an old whitelist was not deleted", extra={"workshop_id": generation.workshop_id})


def _delete(generation: Generation) -> None:
    deleted = 0
    for emails in _batches(generation):
        store.commit(*store.deleted_entries(generation, emails))
        deleted += len(emails)
    if deleted < MOST_AT_ONCE:
        store.commit(store.deleted_generation(generation))


def _batches(generation: Generation) -> Iterator[list[str]]:
    entries = store.entries(generation.tenant_id, generation.workshop_id, generation.number, limit=MOST_AT_ONCE)
    emails = (normalised_email(entry.email) for entry in entries)
    return iter(lambda: list(islice(emails, table.MOST_ACTIONS)), [])
