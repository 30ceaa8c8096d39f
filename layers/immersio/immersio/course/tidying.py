"""A workshop's list after its course was changed, or is followed again: whom a roster listed and who is not on it."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from immersio.course import store
from immersio.course.model import Enrolment
from immersio.whitelist import store as lists
from immersio.whitelist.generations import current
from immersio.whitelist.model import Entries, Entry
from immersio.workshop import store as workshops
from immersio.workshop.model import Workshop
from kernel.errors import TemporarilyUnavailable
from kernel.fields import normalised_email

TRIES = 10
AT_ONCE = (store.MOST_ACTIONS - 3) // 2
"""Entries in one transaction, each with the enrolment that it is for; beside the head, the count and the workshop."""


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
            lines = lists.turned(generation, old, dict.fromkeys(old))
            store.commit(*lines, *checks, workshops.still_of_course(workshop))


def _old(workshop: Workshop, entries: list[Entry]) -> tuple[Entries, list[store.Action]]:
    """Those that do not belong there any more, and what must hold: that nobody has enrolled them just now."""
    old: Entries = {normalised_email(one.email): one for one in entries if one.course_id != workshop.immersio_course_id}
    checks: dict[str, store.Action] = {}
    for address, entry, row in _looked_up(workshop, entries):
        if row and row.address == address:
            continue
        course_id, student_id = str(workshop.followed_course), str(entry.immersio_student_id)
        if not store.holders(workshop.tenant_id, course_id, address):
            old[address] = entry
            checks[student_id] = store.still_enrolment(workshop.tenant_id, course_id, student_id, row)
    return old, list(checks.values())


def _looked_up(workshop: Workshop, entries: list[Entry]) -> Iterator[tuple[str, Entry, Enrolment | None]]:
    """Those whom the course that is followed has listed, each with the enrolment that it is for."""
    if course_id := workshop.followed_course:
        listed = [one for one in entries if one.course_id == course_id]
        rows = store.load_enrolments(workshop.tenant_id, course_id, {str(one.immersio_student_id) for one in listed})
        for entry in listed:
            yield normalised_email(entry.email), entry, rows.get(str(entry.immersio_student_id))
