"""A workshop's list after its course was changed, or is followed again: whom a roster listed and who is not on it."""

from contextlib import suppress
from itertools import islice

from immersio.course import store
from immersio.whitelist import store as lists
from immersio.whitelist.generations import current
from immersio.whitelist.model import Entries, Entry
from immersio.workshop import store as workshops
from immersio.workshop.model import Workshop
from kernel.errors import TemporarilyUnavailable
from kernel.fields import normalised_email

TRIES = 10
AT_ONCE = (store.MOST_ACTIONS - 2) // 2
"""Entries in one transaction, each with the enrolment that it is for; beside the head and the count."""


def tidy(tenant_id: int, workshop_id: int) -> None:
    """Take off whom another course's roster listed, or this one's where they are not enrolled any more."""
    for _ in range(TRIES):
        workshop = workshops.load_workshop(tenant_id, workshop_id)
        if workshop is None:
            return
        with suppress(store.ConditionFailed):
            _tidy(workshop)
            return
    raise TemporarilyUnavailable("This whitelist is being changed elsewhere; try again", retry_after_seconds=1)


def _tidy(workshop: Workshop) -> None:
    generation = current(workshop.tenant_id, workshop.id)
    entries = lists.entries(workshop.tenant_id, workshop.id, generation.number)
    of_rosters = (one for one in entries if one.course_id)
    for some in iter(lambda: list(islice(of_rosters, AT_ONCE)), []):
        old, checks = _old(workshop, some)
        if old:
            store.commit(*lists.turned(generation, old, dict.fromkeys(old)), *checks)


def _old(workshop: Workshop, entries: list[Entry]) -> tuple[Entries, list[store.Action]]:
    """Those that do not belong there any more, and what must hold: that nobody has enrolled them just now."""
    old: Entries = {}
    checks: list[store.Action] = []
    for entry in entries:
        address = normalised_email(entry.email)
        if entry.course_id != workshop.immersio_course_id:
            old[address] = entry
        elif workshop.followed_course and entry.immersio_student_id:
            key = (workshop.tenant_id, workshop.followed_course, entry.immersio_student_id)
            row = store.load_enrolment(*key)
            is_there = row is not None and row.address == address
            if not is_there and not store.holders(workshop.tenant_id, workshop.followed_course, address):
                old[address] = entry
                checks.append(store.still_enrolment(*key, row))
    return old, checks
